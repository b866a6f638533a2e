"""``make test-engines``: the same verdicts on every engine that this machine can offer.

Podman as whoever calls it, root or not, and docker: its own daemon where one answers, otherwise one that is started
for the occasion, by root, with nothing but a socket and a folder in ``build/``. Nothing is installed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack

from lab.engine import Engine, EngineError
from lab.errors import UserError
from project import ROOT
from snippets import results
from tools import cli

RESULTS = ROOT / results.RESULTS
STORE = ROOT / "build/docker"
SECONDS = 30  # that a daemon may take to answer, or to end

Verdicts = dict[tuple[str, str], tuple[str, str]]


class NotOfferedError(UserError):
    """An engine that this machine cannot offer; the message says why."""


@contextlib.contextmanager
def podman() -> Iterator[dict[str, str]]:
    """Give the environment in which podman is the engine.

    :raises NotOfferedError: it is not there, or cannot bound its machines
    """
    try:
        Engine.probe("podman")
    except EngineError as error:
        raise NotOfferedError(str(error)) from None
    yield {"LAB_ENGINE": "podman"}


@contextlib.contextmanager
def docker() -> Iterator[dict[str, str]]:
    """Give the environment in which docker is the engine, with a daemon of its own if none answers.

    :raises NotOfferedError: it is not there, cannot be started, or cannot boot or bound its machines
    """
    with ExitStack() as stack:
        environment = {"LAB_ENGINE": "docker"}
        try:
            Engine.probe("docker")
        except EngineError as error:
            if shutil.which("docker") and _answers():
                raise NotOfferedError(str(error)) from None
            if not shutil.which("dockerd"):
                raise NotOfferedError("docker is not installed. On Debian: sudo apt-get install docker.io") from None
            if os.geteuid():
                raise NotOfferedError(f"{error}; only root can start a separate daemon") from None
            environment["DOCKER_HOST"] = os.environ["DOCKER_HOST"] = stack.enter_context(_daemon())
            stack.callback(os.environ.pop, "DOCKER_HOST")
            try:
                Engine.probe("docker")
            except EngineError as refused:
                raise NotOfferedError(str(refused)) from None
        yield environment


@contextlib.contextmanager
def _daemon() -> Iterator[str]:
    """Run a docker daemon that changes nothing on the host's network; give its address."""
    STORE.mkdir(parents=True, exist_ok=True)
    address = f"unix://{STORE}/socket"
    places = [f"--data-root={STORE}/data", f"--exec-root={STORE}/exec", f"--pidfile={STORE}/pid", f"--host={address}"]
    with (STORE / "log").open("wb") as log:
        command = ["dockerd", "--iptables=false", "--bridge=none", *places]
        daemon = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        until = time.monotonic() + SECONDS
        while not _answers(address):
            if daemon.poll() is not None or time.monotonic() > until:
                last = (STORE / "log").read_text(errors="replace").strip().rpartition("\n")[2]
                raise NotOfferedError(f"dockerd does not start here: {last}")
            time.sleep(0.1)
        yield address
    finally:
        daemon.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            daemon.wait(SECONDS)
        daemon.kill()
        daemon.wait()
        # It leaves its network's name mounted, and the folder could not be removed.
        subprocess.run(["umount", STORE / "exec/netns/default"], capture_output=True, check=False)


def _answers(*address: str) -> bool:
    command = ["docker", *(f"--host={it}" for it in address), "version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def verdicts(environment: dict[str, str], lab: str) -> Verdicts:
    """Run all pages afresh and return each block's outcome and how far it was checked, by lab and block.

    :raises UserError: the suite could not be run at all
    """
    RESULTS.unlink(missing_ok=True)
    command = ["make", "--no-print-directory", "snippets-test", f"LAB={lab}", "FRESH=1"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False)
    if not RESULTS.exists():
        raise UserError(f"no results (make ended with {done.returncode})")
    runs = results.Results.load(RESULTS).runs
    return {(run.lab, it.id): (it.outcome, it.checked) for run in runs for it in run.results}


def differences(found: dict[str, Verdicts]) -> list[str]:
    """Return a message for each block that did not pass on an engine, or whose verdicts differ."""
    said = []
    for lab, block in sorted({key for verdicts in found.values() for key in verdicts}):
        by_engine = {name: verdicts.get((lab, block), ("not run", "")) for name, verdicts in found.items()}
        good = all(outcome in ("passed", "exempt") for outcome, _ in by_engine.values())
        if not good or len(set(by_engine.values())) > 1:
            told = "; ".join(f"{name}: {' '.join(filter(None, verdict))}" for name, verdict in by_engine.items())
            said.append(f"{block} on {lab}: {told}")
    return said


def main(lab: str) -> int:
    """Run the suite on each engine, one after the other; return the exit status."""
    mine, other = ("podman as root", "rootless podman") if os.geteuid() == 0 else ("rootless podman", "podman as root")
    found: dict[str, Verdicts] = {}
    why = {other: f"not from here: run this {'as another user' if other.startswith('rootless') else 'as root'}"}
    for name, engine in ((mine, podman), ("docker", docker)):
        try:
            with engine() as environment:
                print(f"== {name}", flush=True)
                found[name] = verdicts(environment, lab)
        except NotOfferedError as error:
            why[name] = str(error)
    said = differences(found)
    for name, its in found.items():
        passed = sum(outcome == "passed" for outcome, _ in its.values())
        print(f"{name}: {passed} of {len(its)} blocks passed")
    for name, reason in why.items():
        print(f"{name}: not offered: {reason}")
    print("\n".join(said) or "the same verdicts on each")
    return 1 if said or not found else 0


if __name__ == "__main__":
    cli.run(main, "tools.engines LAB", ValueError)
