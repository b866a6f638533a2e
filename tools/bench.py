"""``make bench``: what the machinery costs, as ratios within one run.

Timings on a shared machine are noisy: each pair is measured in turn, several times, and the medians
are compared. Never part of a test.
"""

from __future__ import annotations

import base64
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from lab import image
from lab.engine import Engine
from lab.machine import Machine, MachineError
from project import ROOT
from runner.course import Course
from runner.suite import Suite
from snippets import build
from snippets.manifest import Block, Manifest
from snippets.transcript import INTERRUPT
from tools import cli

ROUNDS = 3
CHECKS = 200
SIZES = (10, 30, 100, 300, 1000)  # blocks on a page
LIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096")  # an engine may not be allowed its own default
APART = {"an exec": 60, "a container": 20}  # snippets that are tried one by one: each takes as long as the next
FRAGMENT = "SetEnv A b\nWSGIScriptAlias / /srv/hello/wsgi.py"

#: Pages that are compared with a script: of all of them it would take an hour.
MEASURED = ("tutorial/wsgi", "tutorial/install", "tutorial/first-application", "tutorial/embedded-and-daemon")

#: What a reload is to a page: over when the old processes have begun to end their threads. A script that asks sooner
#: may be answered by them.
NOTE_OLD = """old=$(for p in $(pgrep --parent "$(cat /run/apache2/apache2.pid)"); do
echo "$p:$(ls /proc/$p/task | wc -l)"; done)"""
WAIT_FOR_OLD = """for o in $old; do n=$((${o#*:} > 2 ? ${o#*:} - 1 : 1))
while [ "$(ls /proc/${o%:*}/task 2>/dev/null | wc -l)" -ge $n ]; do :; done; done"""


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that something takes."""
    started = time.monotonic()
    work()
    return time.monotonic() - started


def compare(title: str, ours: Callable[[], float], theirs: Callable[[], float], limit: str) -> None:
    """Measure two things in turn and print their medians and ratio."""
    pairs = [(ours(), theirs()) for _ in range(ROUNDS)]
    mine, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratios = sorted(a / b for a, b in pairs)
    print(
        f"{title}\n    {mine:.3f} s against {bare:.3f} s: ratio {statistics.median(ratios):.3f} "
        f"({ratios[0]:.2f} to {ratios[-1]:.2f}), difference {mine - bare:+.3f} s; {limit}",
        flush=True,
    )


# -- Pages: the suite against a shell script of the same commands --------------------------------


def script(blocks: list[Block]) -> str:
    """Write a page's blocks as a plain shell script, with nothing compared."""
    lines = []
    for block in blocks:
        if block.role == "file":
            text = base64.b64encode((block.text.rstrip("\n") + "\n").encode()).decode()
            lines.append(f"echo {text} | base64 -d | sudo tee {shlex.quote(str(block.path))}")
        elif block.role == "transcript":
            for step in block.steps():
                if step.command == INTERRUPT:
                    # One that comes while a request is being answered ends that request, and not the server.
                    lines.append("while kill -INT $running 2>/dev/null; do sleep 0.05; done; wait $running")
                elif step.command and step.keeps_running:
                    listens = "until (: <>/dev/tcp/127.0.0.1/8000); do :; done"
                    lines.append(f"set -m; {step.command} & running=$!; set +m; {listens}")
                elif step.command and "systemctl reload apache2" in step.command:
                    lines += [NOTE_OLD, step.command, WAIT_FOR_OLD]
                elif step.command:
                    lines.append(step.command)
    return "\n".join(lines) + "\n"


def run_script(machine: Machine, text: str) -> None:
    """Run a script in a machine as the reader.

    :raises EngineError: it does not end
    """
    run = "cat > script; bash script < /dev/null > output 2>&1"  # its own input is not the script's
    as_reader = ("su", "-", "reader", "-c", run)
    machine.engine("exec", "-i", machine.name, *as_reader, stdin=text.encode(), timeout=300, quiet=True)


def pages(engine: Engine, manifest: Manifest, lab: str) -> None:
    """Compare some pages with a script of their commands, on the same start."""
    measured = [page for page in manifest.pages if page.page in MEASURED]
    with Suite(manifest, set(MEASURED), [lab], say=lambda _: None) as suite:
        for block in (block for page in measured for block in manifest.of(page.page, lab)):
            verdict = suite.verdict(lab, block)
            if not verdict.good:
                raise MachineError(f"the pages have to pass before they are measured: {verdict.message}")
    for page in measured:
        blocks = [block for block in manifest.of(page.page, lab) if block.role in ("file", "transcript")]
        if not blocks:
            continue
        start = suite.states.name(lab, page.starts_from) if page.starts_from else image.tag(lab)
        boots: list[float] = []

        def ours(start: str = start, blocks: list[Block] = blocks, boots: list[float] = boots) -> float:
            began = time.monotonic()
            with Machine(engine, start) as machine:
                boots.append(time.monotonic() - began)
                course = Course(machine)

                def through() -> None:
                    for block in blocks:
                        course.run(block)
                    course.finish()

                return timed(through)

        def theirs(start: str = start, blocks: list[Block] = blocks) -> float:
            with Machine(engine, start) as machine:
                return timed(lambda: run_script(machine, script(blocks)))

        compare(f"{page.page}: its blocks against its commands in a shell script", ours, theirs, "at most 1.15")
        print(f"    a machine from create to ready: {statistics.median(boots):.2f} s")


# -- Config tests ----------------------------------------------------------------------------------


def config_tests(engine: Engine, state: str) -> None:
    """Compare config tests through the agent with a bare loop of them, on as many machines as cores."""
    workers = 2
    with Machine(engine, state) as one, Machine(engine, state) as two, ThreadPoolExecutor(workers) as pool:
        machines = [one, two]

        def ask(machine: Machine) -> None:
            for n in range(CHECKS):
                machine.ask("check", text=FRAGMENT, context="server", name="page.rst", line=n + 1)

        loop = (
            "set -a; . /etc/apache2/envvars; "
            f"for n in $(seq {CHECKS}); do /usr/sbin/apache2 -t -f /run/lab/check/apache2.conf; done"
        )

        def bare(machine: Machine) -> None:
            command = [engine.name, "exec", machine.name, "bash", "-c", loop]
            subprocess.run(command, capture_output=True, check=True, timeout=300)

        def all_of(work: Callable[[Machine], None]) -> float:
            return timed(lambda: list(pool.map(work, machines)))

        all_of(ask)  # both loops test the same files
        compare(
            f"{workers * CHECKS} configuration tests through the agent against a bare loop, {workers} machines",
            lambda: all_of(ask), lambda: all_of(bare), "at most 1.2",
        )  # fmt: skip


# -- Growth ----------------------------------------------------------------------------------------


def growth(engine: Engine, manifest: Manifest, state: str) -> None:
    """Draw how the time grows with the blocks of a page, beside an exec and a container for each snippet.

    The blocks do next to nothing, so that it is the machinery that is measured; their kinds are mixed as the pages mix
    them.
    """
    roles = [block.role for block in manifest.blocks if block.role != "unchecked" and not block.is_region]
    made = [_nothing(n, roles[n % len(roles)]) for n in range(SIZES[-1])]

    def ours(size: int) -> float:
        with Machine(engine, state) as machine:
            course = Course(machine)
            return timed(lambda: deque(map(course.run, made[:size]), 0))

    def apart(how: str) -> float:
        def one(block: Block) -> None:
            run = [engine.name, "run", "--rm", "-i", "--network=none", *LIMITS, state]
            inside = [engine.name, "exec", "-i", machine.name] if how == "an exec" else run
            subprocess.run([*inside, *_command(block)], input=block.text.encode(), capture_output=True, check=True)

        with Machine(engine, state) as machine:
            return timed(lambda: deque(map(one, made[: APART[how]]), 0)) / APART[how]

    print("blocks on a page: seconds, milliseconds a block")
    ours(SIZES[0])
    took = {size: ours(size) for size in SIZES}
    for size, seconds in took.items():
        each = 1000 * seconds / size
        print(f"    {size:5} {seconds:8.2f} {each:8.1f} {'#' * round(each)}", flush=True)
    each = took[SIZES[-1]] / SIZES[-1]
    singly = {how: apart(how) for how in APART}
    for how, seconds in singly.items():
        print(f"    {how + ' for each':>25}: {1000 * seconds:.1f} ms, {seconds / each:.1f} times", flush=True)
    print(f"    the better is {min(singly.values()) / each:.1f} times slower; at least 8", flush=True)


def _nothing(n: int, role: str) -> Block:
    """Make a block of a role that does next to nothing."""
    if role == "file":
        return Block(f"p.rst:{n}", "p", "p.rst", n, "python", role, f"N = {n}", path=f"/tmp/{n}.py")
    if role == "fragment":
        return Block(f"p.rst:{n}", "p", "p.rst", n, "apache", role, FRAGMENT)
    return Block(f"p.rst:{n}", "p", "p.rst", n, "console", "transcript", f"$ echo {n}\n{n}")


def _command(block: Block) -> list[str]:
    """Return what does the same with a block's text as its input."""
    if block.role == "file":
        return ["sh", "-c", f"cat > {block.path}; python3 -m py_compile {block.path}"]
    if block.role == "fragment":
        test = ". /etc/apache2/envvars; cat /etc/apache2/apache2.conf - > /tmp/x; apache2 -t -f /tmp/x"
        return ["bash", "-ac", test]
    return ["su", "-", "reader", "-c", block.text.split("\n")[0].removeprefix("$ ")]


# -- The manifest ----------------------------------------------------------------------------------


def manifests() -> None:
    """Compare the manifest of unchanged sources with Sphinx doing nothing to them."""
    with tempfile.TemporaryDirectory() as folder:

        def sphinx(builder: str) -> None:
            command = [
                sys.executable,
                "-m",
                "sphinx",
                "-q",
                "-b",
                builder,
                "-c",
                ".",
                "-d",
                f"{folder}/{builder}",
            ]
            subprocess.run([*command, "tutorial", f"{folder}/out"], cwd=ROOT, check=True)

        for builder in ("snippets", "dummy"):
            sphinx(builder)
        compare(
            "the manifest of unchanged pages against Sphinx's own start",
            lambda: timed(lambda: sphinx("snippets")), lambda: timed(lambda: sphinx("dummy")), "at most +0.1 s",
        )  # fmt: skip


def main() -> int:
    """Measure everything on the default lab; return the exit status."""
    manifests()
    manifest, lab = build.manifest(), image.DEFAULT
    engine = Engine.find()
    suite = Suite(manifest, [page.page for page in manifest.pages], [lab])
    pages(engine, manifest, lab)  # first: it leaves the states that the others start from
    growth(engine, manifest, suite.states.name(lab, "tutorial/install"))
    config_tests(engine, suite.states.name(lab, "tutorial/install"))
    return 0


if __name__ == "__main__":
    cli.run(main, "tools.bench")
