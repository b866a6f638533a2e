"""What ``make test-hosts`` runs on the host it has made: a page in each place, as its user would from a login.

What comes is told on standard output, a row of the table in one line that begins with ``ROW``.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lab import image
from lab.engine import Engine
from lab.errors import UserError
from lab.machine import Machine
from project import ROOT
from tools import cli

RESULTS = ROOT / "build/snippets/results.json"
IMAGE = Path("/srv/lab.tar")
PAGE = "tutorial/first-application"
USER = "visitor"
PREFIX = "ROW "
#: The one refusal that is right: of a docker that is too old, by its version.
RIGHTLY_REFUSED = re.compile(r"docker (1\d|2[0-7])\.\S+ cannot boot the lab on control groups v2")


@dataclass(frozen=True)
class Place:
    """Who runs the lab, with which engine."""

    name: str
    user: str
    engine: str


PLACES = (
    Place("podman as root", "root", "podman"),
    Place("rootless podman", USER, "podman"),
    Place("docker as root", "root", "docker"),
)


@dataclass
class Row:
    """What came in a place: versions, bounds as the machine has them, and the page's verdicts; ``host``: a release."""

    place: str
    command: str
    versions: str
    came: str
    good: bool
    host: str = ""


def login(place: Place, *command: str) -> list[str]:
    """Return the command that runs another as from a login: a session of its own, with the limits of its user."""
    return [
        "systemd-run", "--quiet", "--wait", "--pipe", "--collect", f"--uid={place.user}", "--property=PAMName=su-l",
        f"--working-directory={ROOT}", f"--setenv=LAB_ENGINE={place.engine}",
        *(f"--setenv={name}" for name in ("LAB_PATIENCE", "PYTHONPATH", "PYTHONUTF8")), *command,
    ]  # fmt: skip


def tried(place: Place, page_command: Sequence[str] = ("make", "blocks", f"PAGE={PAGE}", "FRESH=1")) -> Row:
    """Boot a machine in a place, then run the page there; say what came."""
    row = Row(place.name, f"LAB_ENGINE={place.engine} {' '.join(page_command)}", "", "", good=False)
    began = time.monotonic()
    status, said = _passed_on(login(place, sys.executable, "-m", "tools.hosts.guest", "boot"))
    if status:
        row.came = said[-1] if said else f"exit status {status}"
        row.good = RIGHTLY_REFUSED.search(row.came) is not None
        return row
    row.versions = said[-1]
    RESULTS.unlink(missing_ok=True)
    status, _ = _passed_on(login(place, *page_command))
    row.good, row.came = verdicts(status, RESULTS)
    row.came += f" in {(time.monotonic() - began) / 60:.0f} min"
    return row


def verdicts(status: int, results: Path) -> tuple[bool, str]:
    """Tell whether a run was good, and how many of its blocks passed."""
    try:
        blocks = json.loads(results.read_text())["blocks"]
    except (OSError, ValueError):
        return False, f"no results (make ended with {status})"
    passed = sum(block["outcome"] == "passed" for block in blocks)
    exempt = sum(block["outcome"] == "exempt" for block in blocks)
    good = not status and passed > 0 and passed + exempt == len(blocks)
    return good, f"{passed} of {len(blocks) - exempt} blocks passed"


def hand_over(folder: Path, user: str) -> None:
    """Give a folder and what is in it to a user: the place before was another's."""
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, user)


def boot() -> str:
    """Boot a machine from the image that was brought along; say on what, and which bounds it has.

    :raises EngineError: the engine refuses, or cannot
    :raises MachineError: it does not boot
    """
    engine = Engine.find()
    asked = {"podman": "{{.Version.Version}}", "docker": "{{.ServerVersion}}"}[engine.name]
    runtime = {"podman": "{{.Host.OCIRuntime.Name}}", "docker": "{{.DefaultRuntime}}"}[engine.name]
    version = engine("info", "--format", f"{asked}, {runtime}")
    if not engine.exists(image.tag(image.DEFAULT)):
        print("the image is loaded", flush=True)
        engine("load", "--quiet", "--input", str(IMAGE), timeout=3600)
    print("a machine boots", flush=True)
    with Machine(engine, image.ensure(engine, image.DEFAULT)) as machine:
        files = (f"/sys/fs/cgroup/{name}.max" for name in ("memory", "pids"))
        memory, processes = engine("exec", machine.name, "cat", *files).split()
    return f"{engine.name} {version}, {engine.cgroups}; boots with memory.max {memory}, pids.max {processes}"


def _passed_on(command: Sequence[str]) -> tuple[int, list[str]]:
    """Run a command, passing on what it says; return its exit status and its lines."""
    said = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in map(str.rstrip, process.stdout):
            if line:
                said.append(line)
                print(line, flush=True)
    return process.returncode, said


def main(what: str) -> int:
    """Try each place, or ``boot`` in this one; return the exit status."""
    if what:
        try:
            print(boot())
        except UserError as error:  # the table has room for one line
            raise UserError(" ".join(str(error).split())) from None
        return 0
    for place in PLACES:
        print(f"== {place.name}", flush=True)
        hand_over(ROOT / "build", place.user)
        print(PREFIX + json.dumps(asdict(tried(place))), flush=True)
    return 0


if __name__ == "__main__":
    cli.run(main, "tools.hosts.guest [boot]")
