"""Whose things in an engine are, which may serve other hosts and containers too.

A machine is a process's, which holds a lock for as long as it lives: the kernel lets go of it however the process ends,
and there is no number that a later process could have again. A state is a checkout's.
"""

from __future__ import annotations

import atexit
import fcntl
import functools
import platform
import secrets
from pathlib import Path


def scratch() -> Path:
    """Return a folder for what an engine leaves where it was called: `oom`, when a machine ran out of memory."""
    folder = Path(__file__).parents[1] / "build" / "engine"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@functools.cache
def owner() -> str:
    """Name this process by its host and the file that it has locked from now on."""
    place = scratch() / f"{secrets.token_hex(8)}.lock"
    lock = place.open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)

    def let_go() -> None:
        place.unlink(missing_ok=True)
        lock.close()

    atexit.register(let_go)
    return f"{platform.node()}:{place}"


def checkout(folder: Path) -> str:
    """Name a checkout by its host and folder."""
    return f"{platform.node()}:{folder}"


def abandoned(name: str) -> bool:
    """Tell whether the folder of that :func:`checkout` name has certainly gone: of another host nobody here can say."""
    host, _, folder = name.partition(":")
    return host == platform.node() and not Path(folder).exists()


def gone(name: str) -> bool:
    """Tell whether the process of that :func:`owner` name has certainly ended.

    Of another host or container, and where the file is not in sight, nobody here can say: its machines are left
    alone, and power themselves off when nobody uses them.
    """
    host, _, place = name.partition(":")
    if host != platform.node():
        return False
    try:
        with Path(place).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:  # it is held, or not there
        return False
    return True
