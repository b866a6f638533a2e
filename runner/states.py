"""Who may remove states: nobody while another command of this checkout may start from them."""

from __future__ import annotations

import fcntl
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from lab.owner import scratch


def share(say: Callable[[str], None]) -> None:
    """Have no other command remove states for as long as this process lives; wait for one that does.

    :param say: told of the wait
    """
    try:
        fcntl.flock(_lock(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        say("waiting: another command removes old images")
        fcntl.flock(_lock(), fcntl.LOCK_SH)


@contextmanager
def alone(say: Callable[[str], None]) -> Iterator[bool]:
    """Tell whether no other command uses states, and keep it so; what was seen of them before may have gone meanwhile.

    Afterwards they are shared again.
    """
    try:
        fcntl.flock(_lock(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        free = True
    except BlockingIOError:  # now nothing is held: a lock is not exchanged in one step
        free = False
    try:
        yield free
    finally:
        share(say)


@functools.cache
def _lock() -> IO[str]:
    return (scratch() / "states").open("w")
