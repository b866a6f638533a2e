"""What ``make bench-servers`` runs in a machine: one server is started and put under load, and its costs are read.

It is sent over ``exec -i`` and run by the machine's own Python, as root, with nothing but the standard library. Its one
argument is a JSON object, its answer another.

CPU time and memory are those of the machine's control group, without what the load takes: so it counts whatever serves,
also processes that live for one request, and each page of memory once, however many processes share it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

GROUPS = Path("/sys/fs/cgroup")
CORES = 2  # for the server and its load, however many there are
PATIENCE = 15  # seconds in which a server has to come up


class Fault(Exception):
    """What was asked cannot be measured; the message is the answer."""


def counter(controller: str, names: tuple[str, str], groups: Path = GROUPS) -> Path:
    """Return the machine's own file of a control group: ``names`` has its name in version 2, and in version 1.

    :raises Fault: there is none
    """
    own = re.search(rf"^\d+:[^:]*\b{controller}\b[^:]*:(/.*)$", Path("/proc/self/cgroup").read_text(), re.MULTILINE)
    first = groups / controller
    for file in (groups / names[0], *([first / own[1].lstrip("/") / names[1]] if own else []), first / names[1]):
        if file.exists():
            return file
    raise Fault(f"the machine has no {controller} control group: there is no {' or '.join(names)} under {groups}")


def cpu_seconds(text: str) -> float:
    """Read the CPU time of a control group: ``cpu.stat`` counts microseconds, ``cpuacct.usage`` nanoseconds."""
    if found := re.search(r"^usage_usec (\d+)$", text, re.MULTILINE):
        return int(found[1]) / 1e6
    return int(text) / 1e9


def own_memory(text: str) -> int:
    """Read from ``memory.stat`` the bytes that belong to processes and to no file."""
    found = re.search(r"^(?:anon|total_rss) (\d+)$", text, re.MULTILINE)
    if not found:
        raise Fault("memory.stat does not say what belongs to no file")
    return int(found[1])


def memory_of(pid: int) -> int:
    """Return the bytes that one process has for itself; none if it has ended."""
    with contextlib.suppress(OSError):
        found = re.search(r"^RssAnon:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
        return int(found[1]) * 1024 if found else 0
    return 0


def shell(script: str, what: str) -> None:
    """Run a script.

    :raises Fault: it fails; the message has its last lines
    """
    done = subprocess.run(["bash", "-e"], input=script, capture_output=True, text=True, check=False)  # XX
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().split("\n")[-8:])
        raise Fault(f"{what}:\n{said}")


def ask(url: str) -> str:
    """Return what a server answers, or why it does not."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            text: str = answer.read().decode()
            return text
    except OSError as error:
        return f"no answer: {error}"


def wait(url: str, process: str, connections: int) -> None:
    """Wait until a server answers, and go on until all its processes and threads have loaded the application.

    First one request at a time: mod_python fails where two threads load the same module at once.

    :raises Fault: it does not answer, or another process does
    """
    until = time.monotonic() + PATIENCE
    with ThreadPoolExecutor(connections) as pool:
        for together in (1, *[1] * connections, 2 * connections):
            while wrong := [it for it in pool.map(ask, [url] * together) if not it.startswith(f"process: {process}\n")]:
                if time.monotonic() > until:
                    raise Fault(f"{process} does not answer within {PATIENCE} s, but: {wrong[0][:200].strip()}")
                time.sleep(0.02)


def load(url: str, connections: int, seconds: int) -> dict[str, Any]:
    """Put a server under load; return what wrk says, CPU seconds and bytes of memory."""
    time_file = counter("cpuacct", ("cpu.stat", "cpuacct.usage"))
    samples = []
    before, ours, theirs = cpu_seconds(time_file.read_text()), time.process_time(), _children()
    command = [
        "wrk",
        "--threads=1",
        f"--connections={connections}",
        f"--duration={seconds}s",
        "--timeout=20s",
        "--latency",
        url,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as wrk:
        until = time.monotonic() + seconds - 0.2
        while time.monotonic() < until and wrk.poll() is None:
            time.sleep(0.2)
            samples.append(_held() - memory_of(wrk.pid))
        said = wrk.communicate()[0]
    cpu = cpu_seconds(time_file.read_text()) - before - (time.process_time() - ours) - (_children() - theirs)
    return {"wrk": said, "cpu": cpu, "memory": statistics.median(samples)}


def _held() -> int:
    """Return the bytes that the machine's processes have, but for this one."""
    return own_memory(counter("memory", ("memory.stat", "memory.stat")).read_text()) - memory_of(os.getpid())


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(stop: str, start: str, url: str, process: str, connections: int, seconds: int) -> dict[str, Any]:
    """Start a server, put it under load and stop it."""
    shell(stop, "the last server could not be stopped")
    without = _held()
    shell(start, "it could not be started")
    wait(url, process, connections)
    found = load(url, connections, seconds)
    shell(stop, "it could not be stopped")
    return {**found, "memory": found["memory"] - without}


def main() -> None:
    """Answer."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    try:
        answer = measure(**json.loads(sys.argv[1]))
    except Fault as fault:
        answer = {"fault": str(fault), "log": logged()}
    print(json.dumps(answer))


def logged() -> str:
    """Return the last lines that servers have logged."""
    logs = "journalctl --quiet --lines=8 --output=cat; tail -qn 8 /var/log/apache2/error.log /var/log/nginx/error.log"
    return subprocess.run(["bash", "-c", logs], capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    main()
