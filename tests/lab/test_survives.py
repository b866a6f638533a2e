"""What dies in the middle: its page fails and says why, nothing is left over, and the next run is right."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab import image
from lab.engine import Engine
from runner.results import write
from runner.suite import Suite
from runner.verdict import Verdict
from snippets.manifest import Block, Manifest, Page
from snippets.results import Results

STEPS = 60
PAGE = Manifest(
    (Page("lesson", "lesson.rst"),),
    tuple(
        Block(f"lesson.rst:{n}", "lesson", "lesson.rst", n, "console", "transcript", f"$ sleep 0.02; echo {n}\n{n}")
        for n in range(STEPS)
    ),
)


def machines(engine: Engine) -> list[str]:
    """Name the machines of these tests, running or not."""
    return engine("ps", "--all", "--format={{.Names}}", f"--filter=name=lab-{os.getpid()}-").split()


def verdicts() -> list[Verdict]:
    """Run the page."""
    with Suite(PAGE, ["lesson"], [image.DEFAULT], fresh=True, say=lambda _: None) as suite:
        return [suite.verdict(image.DEFAULT, block) for block in PAGE.blocks]


@pytest.fixture
def quiet(engine: Engine, plain: str) -> Iterator[None]:
    """See that nothing runs before, and that nothing is left afterwards."""
    before = machines(engine)
    yield
    assert machines(engine) == before


def monitors(engine: Engine, name: str) -> list[int]:
    """Return the engine's own processes of a machine: conmon, or docker's shim."""
    container = engine("inspect", "--format={{.Id}}", name, quiet=True)
    found = []
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes().decode(errors="replace") if process.name.isdigit() else ""
            if container and container in command and ("conmon" in command or "shim" in command):
                found.append(int(process.name))
    return found


def first_processes(engine: Engine, name: str) -> list[int]:
    """Return a machine's first process, as the host numbers it."""
    pid = engine("inspect", "--format={{.State.Pid}}", name, quiet=True)
    return [int(pid)] if pid not in ("", "0") else []


class Killer(threading.Thread):
    """Kills one of a machine's processes some time after there is a machine."""

    def __init__(self, engine: Engine, find: Callable[[Engine, str], list[int]], after: float) -> None:
        super().__init__(daemon=True)
        self.engine, self.find, self.after = engine, find, after
        self.killed: list[int] = []
        self.over = threading.Event()  # there is no machine any more
        self.before = set(machines(engine))

    def run(self) -> None:
        """Wait for the machine, then for the moment, then for the process, which may come after the machine's name."""
        names: set[str] = set()
        while not names and not self.over.wait(0.01):
            names = set(machines(self.engine)) - self.before
        self.over.wait(self.after)
        while not self.killed and not self.over.wait(0.01):
            for pid in (pid for name in names for pid in self.find(self.engine, name)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.killed.append(pid)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("find", [monitors, first_processes], ids=["the engine's monitor", "the machine"])
@pytest.mark.parametrize("seed", range(2))
def test_what_is_killed_at_any_moment_fails_its_page_alone(
    engine: Engine, find: Callable[[Engine, str], list[int]], seed: int
) -> None:
    killer = Killer(engine, find, random.Random(seed).uniform(0, 1.5))
    killer.start()
    found = verdicts()
    killer.over.set()
    killer.join()
    assert killer.killed
    failed = [verdict for verdict in found if verdict.outcome == "failed"]
    assert len(failed) == 1 or (find is monitors and not failed)  # nobody may have missed the monitor
    for verdict in failed:
        assert "lesson.rst:" in verdict.message
        assert "Traceback" not in verdict.message
    assert {verdict.outcome for verdict in found} <= {"passed", "failed", "not run"}
    assert all(verdict.outcome == "passed" for verdict in verdicts())


# -- The results file ----------------------------------------------------------------------------

FULL = """
import resource, sys
from pathlib import Path
from runner.results import write
from snippets.manifest import Manifest
from snippets.results import Results
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    write(Path(sys.argv[1]), Manifest(), Results({"trixie": {"debian": "13"}}))
except OSError as error:
    print(error.strerror)
"""


def test_results_that_cannot_be_written_leave_what_was_there(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    write(results, Manifest(), Results({"bookworm": {"debian": "12"}}))
    before = results.read_text()
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(results)],
        env=os.environ | {"PYTHONPATH": f"{root}:{root / '_ext'}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "File too large"
    assert results.read_text() == before
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]
    assert json.loads(before)["labs"]
