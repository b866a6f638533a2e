"""What became of a block."""

from __future__ import annotations

from dataclasses import dataclass

from lab.errors import UserError
from runner.screen import printable
from snippets.manifest import Block
from snippets.transcript import Step


@dataclass(frozen=True)
class Verdict:
    """What became of a block.

    ``outcome`` is ``passed``, ``failed``, ``not run`` or ``exempt``; ``checked`` is how far the
    check went: ``written``, ``parsed``, ``run``, or nothing.
    """

    outcome: str
    checked: str = ""
    message: str = ""
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Leave nothing in the message, which quotes a machine, that a terminal would obey."""
        lines = self.message.expandtabs().split("\n")
        object.__setattr__(self, "message", "\n".join(map(printable, lines)))

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with the block, as far as it was to be checked."""
        return self.outcome in ("passed", "exempt")


class Failed(UserError):
    """A block is not what its page says; the message begins with file and line."""


#: A step of a transcript, and the lines that came where the page shows others.
Difference = tuple[Block, Step, list[str]]
