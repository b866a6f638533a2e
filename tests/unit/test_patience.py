"""Commands that take minutes: what they say is seen, and so is that they say nothing."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from lab import patience


def said(capfd: pytest.CaptureFixture[str]) -> list[str]:
    return capfd.readouterr().err.splitlines()


def test_what_matters_is_passed_on_once_in_a_row(capfd: pytest.CaptureFixture[str]) -> None:
    script = r"printf 'STEP 1\nnoise\nSTEP 2\nwait\rwait\nwait\n'; printf 'STEP \303\244' >&2; exec >&-; exec 2>&-"
    patience.run(["sh", "-c", script], "STEP|wait", prefix="lab: ")
    assert said(capfd) == ["lab: STEP 1", "lab: STEP 2", "lab: wait", "lab: STEP ä"]


def test_a_line_is_passed_on_when_it_comes() -> None:
    script = "import lab.patience as it; it.run(['sh', '-c', 'echo first; read x; echo $x'])"
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None
        assert running.stderr is not None
        assert running.stderr.readline() == "first\n"
        running.stdin.write("second\n")
        running.stdin.close()
        assert running.stderr.readline() == "second\n"


def test_a_variable_may_be_added(capfd: pytest.CaptureFixture[str]) -> None:
    patience.run(["sh", "-c", "echo $A $B"], environment={"A": "a"})
    assert said(capfd) == [f"a {os.environ.get('B', '')}".strip()]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["sh", "-c", "seq 30; exit 3"], "sh -c failed:\n" + "\n".join(map(str, range(11, 31)))),
        (["nowhere/program", "build"], "nowhere/program build: No such file or directory"),
    ],
)
def test_a_failure_has_the_last_lines(command: list[str], told: str) -> None:
    with pytest.raises(patience.FailedError) as failed:
        patience.run(command, "none")
    assert str(failed.value) == told


@pytest.mark.parametrize(("options", "minutes"), [({}, 30), ({"limit": 3600}, 60)])
def test_silence_is_told_and_ended_when_it_lasts(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], options: dict[str, Any], minutes: int
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen
    looks = iter([True, False, False, True])  # a line, a minute of silence, a line, silence for ever
    come = iter([b"a\n", b"b\n"])

    def start(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **options))
        monkeypatch.setattr(os, "read", lambda *_: next(come))
        return started[0]

    def look(files: list[Any], *_: Any) -> tuple[list[Any], list[Any], list[Any]]:
        assert _[-1] == patience.NOTE
        return (files if next(looks, False) else [], [], [])

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr(select, "select", look)
    ended = rf"^sh -c was stopped: it printed nothing for {minutes} min\. Is a mirror"
    with pytest.raises(patience.FailedError, match=ended):
        patience.run(["sh", "-c", "exec sleep 600"], prefix="lab: ", **options)
    assert started[0].returncode == -15
    lines = said(capfd)
    silence = ["lab: nothing new for 30 s", "lab: nothing new for 60 s"]
    assert lines[:6] == ["lab: a", *silence, "lab: b", *silence]
    assert lines[-1] == f"lab: nothing new for {60 * minutes - 30} s"


def test_who_is_interrupted_ends_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **options))
        return started[0]

    def interrupted(*_: Any) -> Iterator[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr(patience, "_lines", interrupted)
    with pytest.raises(KeyboardInterrupt):
        patience.run(["sleep", "600"])
    assert started[0].returncode == -15
