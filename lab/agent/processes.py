"""What the kernel tells of processes, and of whose they are."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lab.agent import READER

LIBC = ctypes.CDLL(None)
TOLD = 1 << signal.SIGHUP - 1 | 1 << signal.SIGUSR1 - 1  # signals by which a server is told to reload


def as_reader() -> dict[str, Any]:
    """Return the arguments that have ``subprocess`` run something as the reader's user."""
    user = pwd.getpwnam(READER)
    groups = os.getgrouplist(READER, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": groups, "umask": 0o022}


@contextlib.contextmanager
def as_owner(owner: os.stat_result) -> Iterator[None]:
    """Look at a process as its own user: this machine's root may not look into those of another."""
    user, group = os.geteuid(), os.getegid()
    # Python's own `seteuid` interrupts all threads, each time.
    try:
        LIBC.setfsgid(owner.st_gid)
        LIBC.setfsuid(owner.st_uid)
        yield
    finally:
        LIBC.setfsuid(user)
        LIBC.setfsgid(group)


def busy(group: int) -> bool:
    """Tell whether a process of that group runs, or would if there were a free core."""
    for process in processes():
        with contextlib.suppress(OSError):
            state, _, its_group, *_ = stat(process.name)
            if state in "RD" and its_group == str(group):
                return True
    return False


def processes() -> list[Path]:
    """Return the folders of all processes; one may be gone when it is looked into."""
    return [folder for folder in Path("/proc").iterdir() if folder.name.isdigit()]


def wait_while(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until a condition is over, or the time; tell whether the condition is."""
    until = time.monotonic() + seconds
    while condition():
        if time.monotonic() >= until:
            return False
        time.sleep(0.002)
    return True


def listening() -> set[str]:
    """Return the sockets that listen, by their inodes."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            rows = [row.split() for row in Path(table).read_text().splitlines()[1:]]
            found |= {row[9] for row in rows if row[3] == "0A"}
    return found


def open_files(process: Path, owner: os.stat_result) -> list[str]:
    """Name the open files of a process.

    :raises OSError: it is gone, or nobody may
    """
    with as_owner(owner):
        return [str(fd.readlink()) for fd in (process / "fd").iterdir()]


def main_process(file: Path) -> str:
    """Return the main process of a server that runs, by its PID file; nothing if none does."""
    with contextlib.suppress(OSError):
        main = file.read_text().strip()
        if main.isdigit() and Path(f"/proc/{main}").exists():
            return main
    return ""


def obeying(main: str) -> bool:
    """Tell whether a server's main process has yet to do what a signal has told it.

    It sleeps unless there is something to do, and a signal wakes it in the moment in which it is sent.
    """
    with contextlib.suppress(OSError):
        said = dict(re.findall(r"^(State|ShdPnd):\s*(\w+)", Path(f"/proc/{main}/status").read_text(), re.MULTILINE))
        return said["State"] in "RD" or bool(int(said["ShdPnd"], 16) & TOLD)
    return False


def children(server: Path) -> list[str]:
    """Return the processes that a server's main one has started, but for those that others of its processes have."""
    with contextlib.suppress(OSError):
        main = server.read_text().strip()
        return Path(f"/proc/{main}/task/{main}/children").read_text().split()
    return []


def stat(process: str) -> list[str]:
    """Return the fields of a process's ``stat`` from the third on, its state: see proc(5).

    :raises OSError: it is gone
    """
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
