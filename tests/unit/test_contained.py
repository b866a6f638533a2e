"""Pages that misbehave: each gets a clear verdict, and neither the next page nor the host takes notice."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab.engine import Engine, EngineError
from runner.course import Course
from runner.verdict import Failed
from snippets.manifest import Block


def one(name: str, typed: str, limit: int = 10) -> Block:
    return Block(
        id=f"{name}.rst:5", page=name, source=f"{name}.rst", line=5,
        language="console", role="transcript", text=typed, options={"limit": str(limit)},
    )  # fmt: skip


def test_a_disk_that_counts_no_files_has_room_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = Engine("podman", "v2", store=str(tmp_path))
    disk = SimpleNamespace(f_bavail=1 << 30, f_frsize=4096, f_files=1 << 20, f_favail=0)
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    with pytest.raises(EngineError, match="there is room for fewer than 65536 files on the disk of"):
        here.check_room()
    disk.f_files = 0
    here.check_room()


def test_a_store_that_is_not_on_this_host_has_room(tmp_path: Path) -> None:
    Engine("docker", "v2", store=str(tmp_path / "nowhere")).check_room()


# -- Time ----------------------------------------------------------------------------------------


def test_all_commands_of_a_page_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    class Slow:
        def ask(self, what: str, limit: float = 0, **_: object) -> dict[str, object]:
            nonlocal now
            took = 100.0 if what == "type" else 0.0
            now += min(took, limit)
            end: dict[str, object] = (
                {"prompt": "", "status": 0} if took <= limit else {"broken": f"no prompt after {limit:g} s"}
            )
            return {"output": ""} | end

    monkeypatch.setattr(time, "monotonic", lambda: now)
    course = Course(Slow())  # type: ignore[arg-type]
    for _ in range(4):
        course.run(one("a", "$ sleep 100\n$ sleep 100", limit=100))
        now += 1000  # between blocks nothing is counted
    with pytest.raises(Failed, match=r"^a\.rst:6: \$ sleep 100\n  the page's commands have taken 900 s in total"):
        course.run(one("a", "$ sleep 100\n$ sleep 100", limit=100))
