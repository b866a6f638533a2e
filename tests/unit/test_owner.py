"""Whose a machine is: known by a lock, on any system, and never guessed."""

from __future__ import annotations

import ast
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab.owner import gone, owner
from project import ROOT

HOLDER = "import lab.owner, sys; print(lab.owner.owner(), flush=True); sys.stdin.read()"


@pytest.mark.parametrize("killed", [True, False])
def test_a_process_is_gone_when_it_has_ended_however_it_ends(killed: bool) -> None:
    assert not gone(owner())
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as holder:
        assert holder.stdout is not None
        name = holder.stdout.readline().strip()
        lock = Path(name.partition(":")[2])
        assert lock.parent == ROOT / "build/engine"
        assert not gone(name)
        if killed:
            holder.send_signal(signal.SIGKILL)
        holder.communicate()
    assert lock.exists() == killed  # it takes its file along, if it can
    assert gone(name) == killed
    lock.unlink(missing_ok=True)


@pytest.mark.parametrize(
    "name", ["elsewhere:{}/let-go.lock", "{host}:{}/none.lock", "{host}:{}", "{host}:", "", "4026531836.1.2"]
)
def test_of_whom_nothing_is_known_nothing_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "let-go.lock").touch()
    assert gone(f"{platform.node()}:{tmp_path}/let-go.lock")
    assert not gone(name.format(tmp_path, host=platform.node()))


def test_nothing_that_runs_on_the_host_looks_into_linuxs_proc() -> None:
    files = [*(ROOT / "lab").rglob("*.py"), *(ROOT / "_ext").rglob("*.py")]
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "/proc" in node.value
    ]
    assert {place.partition(":")[0].rpartition("/")[0] for place in found} == {"lab/agent"}  # it runs in the machine
