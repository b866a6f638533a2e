"""Apache as commands see it: when it has reloaded or started, and what its logs say."""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Any

from lab.agent.limits import NEW, OLD, RELOAD
from lab.agent.processes import children, main_process, obeying, open_files, processes, stat, wait_while

PID_FILE = Path("/run/apache2/apache2.pid")
SERIOUS = re.compile(r"\[[^]]*\] \[\w*:(?:error|crit|alert|emerg)\]")
RELOADING = re.compile(r"SIGUSR1 received|SIGHUP received|Graceful restart requested")
STARTED = "AH00094: Command line"  # the last line, after "resuming normal operations"


class Logs:
    """What Apache has written to its error logs since the last look."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}  # by log: bytes

    def new(self, asked: Callable[[], bool] = lambda: False) -> tuple[list[str], bool, float]:
        """Return the new lines of level error and above, whether Apache has (re)started, and when it reloaded.

        :param asked: tells whether Apache has been told to reload or start, and may not have said so yet
        :return: the time in seconds since the epoch, 0 if it has not reloaded
        """
        lines: list[str] = []
        until = time.monotonic() + RELOAD
        while True:
            comes = asked()  # before the look, or what it says in between is missed
            lines += self._lines()
            if not _reloading(lines, comes) or time.monotonic() > until:
                break
            time.sleep(0.002)
        errors = [line for line in lines if SERIOUS.match(line)]
        reloads = [when(line) for line in lines if RELOADING.search(line)]
        return errors[:100], any(STARTED in line for line in lines), max(reloads, default=0)

    def _lines(self) -> list[str]:
        lines: list[str] = []
        for log, others in self._logs().items():
            with contextlib.suppress(OSError):
                size, seen = Path(log).stat().st_size, self.seen.get(log, 0)
                if size == seen:
                    continue
                with Path(log).open("rb") as file:
                    file.seek(seen if seen < size else 0)  # smaller than it was: begun anew
                    start = file.tell()
                    data = file.read(1 << 24)
                whole = data.rfind(b"\n") + 1  # the rest of a line comes later
                self.seen[log] = start + whole
                new = data[:whole].decode(errors="replace").splitlines()
                lines += [line for line in new if SERIOUS.match(line)] if others else new
        return lines

    def _logs(self) -> dict[str, bool]:
        """Name the usual logs, and what looks like one among the open files of any running Apache.

        :return: by log, whether an Apache of another user's writes it: of its errors we tell, not of its reloads
        """
        logs = {str(log): False for log in Path("/var/log/apache2").glob("**/*.log")}
        for process in processes():
            with contextlib.suppress(OSError):
                if (process / "comm").read_text() in ("apache2\n", "httpd\n"):
                    owner = process.stat()
                    files = [file for file in open_files(process, owner) if file.startswith("/") and "log" in file]
                    logs = dict.fromkeys(files, owner.st_uid != 0) | logs
        return logs


def when(line: str) -> float:
    """Return a log line's time in seconds since the epoch; 0 if it has none."""
    with contextlib.suppress(ValueError):
        day, _, rest = line[1:].partition(".")
        fraction, _, year = rest[: rest.index("]")].partition(" ")
        return time.mktime(time.strptime(f"{day} {year}", "%a %b %d %H:%M:%S %Y")) + float(f"0.{fraction}")
    return 0


def _reloading(lines: list[str], asked: bool) -> bool:
    """Tell whether the last that Apache says of itself is that it reloads; or that it says nothing, but was asked."""
    about = [line for line in lines if STARTED in line or RELOADING.search(line)]
    return STARTED not in about[-1] if about else asked


def main_processes() -> set[str]:
    """Return the main processes of root's Apaches: one that starts has no PID file yet, but is init's already."""
    mains = {main_process(PID_FILE)} - {""}
    with contextlib.suppress(OSError):
        for process in Path("/proc/1/task/1/children").read_text().split():
            with contextlib.suppress(OSError):
                comm = Path(f"/proc/{process}/comm")
                if comm.read_text() == "apache2\n" and comm.stat().st_uid == 0:
                    mains.add(process)
    return mains


def processes_of_apache() -> dict[str, int]:
    """Return the processes that answer requests, and how many threads each has."""
    threads = {}
    for process in children(PID_FILE):
        with contextlib.suppress(OSError):
            fields = stat(process)
            if fields[0] != "Z":  # it has ended, and Apache looks for such once a second
                threads[process] = int(fields[17])
    return threads


class Watch:
    """Looks again and again at which processes answer requests, as long as it is used in a ``with`` statement.

    Apache often starts one in the very moment in which it is told to reload, and the next ones a few milliseconds
    later. Of the time at which a process was started the kernel tells hundredths of a second.
    """

    def __init__(self) -> None:
        #: Each with the time in seconds since the epoch at which it was seen last.
        self.looks: list[tuple[float, set[str]]] = []
        self._over = threading.Event()

    def __enter__(self) -> Watch:
        if main_process(PID_FILE):  # or there is nothing that could reload
            threading.Thread(target=self._look, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _look(self) -> None:
        while not self._over.wait(0.002):
            now = time.time(), set(children(PID_FILE))
            same = self.looks and self.looks[-1][1] == now[1]
            self.looks[-1 if same else len(self.looks) :] = [now]

    def before(self, moment: float) -> set[str]:
        """Return the processes that may have been started before a time in seconds since the epoch."""
        boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        found = set()
        for process in processes_of_apache():
            with contextlib.suppress(OSError):
                started = boot + int(stat(process)[19]) / os.sysconf("SC_CLK_TCK")
                if started < moment and all(process in there for looked, there in self.looks if looked > moment):
                    found.add(process)
        return found


def _any_left(before: dict[str, int]) -> bool:
    """Tell whether one of these processes may still take requests: it has not begun to end its threads.

    One thread less proves nothing: the one that starts all others ends as soon as it has done so. And a process
    with a single thread may have been about to start others.
    """
    now = processes_of_apache()
    return any(now.get(process, 0) >= max(threads - 1, 1) for process, threads in before.items())


def _starting(before: Container[str]) -> bool:
    """Tell whether Apache runs and has no process yet but those of before, or one that has yet to start Python.

    Python comes before the second thread. A process that sleeps with one has given up, or has no Python: mod_cgid's.
    """
    new = {process: threads for process, threads in processes_of_apache().items() if process not in before}
    for process, threads in new.items():
        with contextlib.suppress(OSError):
            if threads == 1 and stat(process)[0] != "S":
                return True
    return not new and PID_FILE.exists()


class Apache:
    """Apache, started by root: its processes, and what its logs have said.

    As :class:`lab.agent.server.Server` has it.
    """

    def __init__(self) -> None:
        self.logs = Logs()
        self.processes: dict[str, int] = {}  # when last looked at
        self.mains: set[str] = set()  # the first of them, then
        self.watch: Watch | None = None  # while a command runs

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Look at its processes while a command runs."""
        self.processes |= processes_of_apache()  # some may have been started since the last answer
        with Watch() as self.watch:
            try:
                yield
            finally:
                self.watch = None

    def news(self) -> dict[str, Any]:
        """Return the serious lines in its ``logs``, and whether it has (re)``started``.

        Reloads and starts are waited for. A reload only asks Apache to replace its processes, and until then an old one
        may take another request; a start ends before the log says so. And the first new process may come a second after
        that: what a page shows of a time limit would depend on it. A person is slower than that. A process that is busy
        with a request may take any time, so there is an end to the patience.
        """
        errors, started, reloaded = self.logs.new(self._asked)
        old = self.processes if reloaded else {}
        if reloaded and self.watch:  # the threads of these were never counted
            old = dict.fromkeys(self.watch.before(reloaded), 1) | old
        wait_while(lambda: _any_left(old), OLD)
        if started:
            wait_while(lambda: _starting(old), NEW)
        self.processes, self.mains = processes_of_apache(), main_processes()
        return {"logs": errors, "started": started}

    def _asked(self) -> bool:
        """Tell whether Apache has been started or told to reload, whoever did it, and may not have said so yet."""
        mains = main_processes()
        return not mains <= self.mains or any(map(obeying, mains))
