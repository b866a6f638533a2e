"""nginx as commands see it: when it has reloaded."""

from __future__ import annotations

import contextlib
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

from lab.agent.limits import NGINX
from lab.agent.processes import children, main_process, obeying, wait_while

PID_FILE = Path("/run/nginx.pid")


def workers() -> dict[str, bool]:
    """Return the processes that nginx's main one has started, and whether each takes requests, by its title.

    A new one has its father's title until it is ready; one that is to end changes its own first.
    """
    processes = {}
    for process in children(PID_FILE):
        with contextlib.suppress(OSError):
            title = Path(f"/proc/{process}/cmdline").read_text().strip("\0")
            processes[process] = title == "nginx: worker process"
    return processes


def _reloading(before: Container[str]) -> bool:
    """Tell whether nginx has been told to reload, or has new processes while one of before still takes requests."""
    if obeying(main_process(PID_FILE)):
        return True
    now = workers()
    return any(process not in before for process in now) and any(now[process] for process in now if process in before)


class Nginx:
    """nginx: its processes. As :class:`lab.agent.server.Server` has it."""

    def __init__(self) -> None:
        self.before: dict[str, bool] | None = None  # while a command runs

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Look at its processes before a command."""
        self.before = workers()
        try:
            yield
        finally:
            self.before = None

    def news(self) -> dict[str, Any]:
        """Wait for a reload that a command has asked for; of its logs nobody asks."""
        if (before := self.before) is not None:
            wait_while(lambda: _reloading(before), NGINX)
        return {}
