"""The host's side of the conversation with a machine's agent."""

from __future__ import annotations

import itertools
import threading
from types import SimpleNamespace
from typing import Any

import pytest

import lab.machine
from lab.machine import Machine, MachineError


@pytest.mark.parametrize("line", [b"", b"1", b"[]", b"{}", b'{"id": 2}', b"\xff", b"[" * 100_000, b"9" * 10_000])
def test_whatever_the_agent_says_is_an_answer_or_none(line: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = object.__new__(Machine)
    machine._numbers, machine._talking = itertools.count(1), threading.Lock()
    monkeypatch.setattr(machine, "_send", lambda _: None)
    monkeypatch.setattr(machine, "_line", lambda _: line)
    with pytest.raises(MachineError, match="malformed answer"):
        machine.ask("news")


class Clock:
    """Time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 0.1)


def test_whether_the_agent_is_stopped_is_asked_soon_and_ever_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked = Clock(), list[float]()

    class Fake:
        def check_room(self) -> None:
            pass

        def __call__(self, *_: object, **__: object) -> str:
            asked.append(clock.now)
            return "7" if clock.now > 30 else ""

    def nothing(*waits: Any) -> tuple[list[int], list[int], list[int]]:
        clock.sleep(waits[3])
        return [], [], []

    machine: Any = object.__new__(Machine)
    machine.engine, machine.name, machine._unread = Fake(), "lab", b""
    machine._agent = SimpleNamespace(stdout=object())
    monkeypatch.setattr(lab.machine, "time", clock)
    monkeypatch.setattr("select.select", nothing)
    with pytest.raises(MachineError, match="has stopped its agent"):
        machine._line(1000)
    assert [*map(int, asked)] == [2, 4, 8, 16, 32]


def test_the_agent_fits_into_a_pipe() -> None:
    """Or a machine that does not take it keeps whoever sends it, for good."""
    assert len(lab.machine._archive()) < 1 << 15
