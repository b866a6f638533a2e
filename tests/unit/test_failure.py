"""A failing page leaves its machine's logs, whatever state the machine is in."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from lab.engine import EngineError
from lab.machine import Machine
from runner import failure


def machine(answer: str | EngineError) -> Machine:
    """Return one whose engine gives this answer."""

    def engine(*_: str, **__: Any) -> str:
        if isinstance(answer, EngineError):
            raise answer
        return answer

    return cast(Machine, SimpleNamespace(name="lab-1", engine=engine))


def test_messages_and_logs_are_written_and_bounded(tmp_path: Path) -> None:
    failure.leave(machine("x" * 3 * failure.LARGEST), tmp_path / "a/b", ["a.rst:1: one", "a.rst:2: two"])
    assert {path.name for path in (tmp_path / "a/b").iterdir()} == {"messages.txt", *failure.ASKED}
    assert (tmp_path / "a/b/messages.txt").read_text() == "a.rst:1: one\n\na.rst:2: two\n"
    assert (tmp_path / "a/b/apache.log").stat().st_size == failure.LARGEST + 1


def test_a_machine_that_is_gone_leaves_the_messages(tmp_path: Path) -> None:
    failure.leave(machine(EngineError("gone")), tmp_path, ["a.rst:1: one"])
    assert [path.name for path in tmp_path.iterdir()] == ["messages.txt"]


def test_where_nothing_can_be_written_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    failure.leave(machine("log"), tmp_path / "file", ["a.rst:1: one"])
