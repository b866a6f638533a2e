"""What the agent asks of a web server's module, each the same."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol


class Server(Protocol):
    """A web server that commands start, reload and stop."""

    def watched(self) -> AbstractContextManager[None]:
        """Look at its processes while a command runs."""

    def news(self) -> dict[str, Any]:
        """Wait until it has done what a command has told it; return what its logs say since the last call of this."""
