"""The results of the last runs, and what they let a page say.

``build/snippets/results.json``, written by the suite::

    {"labs": {"trixie": {"debian": "13", "apache": "2.4.68", "mod_wsgi": "5.0.2", ...}},
     "blocks": [{"id": "tutorial/install.rst:42", "lab": "trixie", "outcome": "passed",
                 "checked": "run", "seconds": 0.1, "digest": "..."}]}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from snippets.manifest import Block
from snippets.versions import checked

#: What was done, weakest first, and what the reader is told. A file that was only written: nothing.
SAID = {"written": None, "parsed": "Config-tested on", "run": "Ran on"}


@dataclass(frozen=True)
class Result:
    """What became of a block on a lab; ``digest`` tells which text it was."""

    lab: str
    outcome: str
    checked: str
    digest: str


@dataclass(frozen=True)
class Results:
    """What the suite found: each lab's system and its mod_wsgi as readers see them, and by block its results."""

    labs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    blocks: Mapping[str, Sequence[Result]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Results:
        """Read the results; without a file there are none.

        :raises ValueError: the file is no results; the message names it and says what to do
        """
        try:
            read = json.loads(path.read_text())
            labs = {name: _versions(checked(lab)) for name, lab in read["labs"].items()}
            blocks: dict[str, list[Result]] = {}
            for row in read["blocks"]:
                result = Result(row["lab"], row["outcome"], row["checked"], row["digest"])
                blocks.setdefault(row["id"], []).append(result)
            return cls(labs, blocks)
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            hint = "delete it, or run make snippets-test"
            raise ValueError(f"{path}: not the suite's results ({error!r}); {hint}") from error

    def line(self, block: Block) -> str | None:
        """Return what the page may say under a block: no more than was done to this very text."""
        found = [result for result in self.blocks.get(block.id, ()) if result.digest == block.digest]
        labs = [self.labs[result.lab] for result in found if result.lab in self.labs]
        checked = {result.checked for result in found}
        if not labs or any(result.outcome != "passed" for result in found) or not checked <= SAID.keys():
            return None
        said = next(said for how, said in SAID.items() if how in checked)
        if said == SAID["parsed"] and block.language != "apache":
            said = "Syntax-checked on"
        by_system = {system: ", ".join(sorted({own for its, own in labs if its == system})) for system, _ in labs}
        return said and f"{said} " + " and ".join(f"{it} · mod_wsgi {by_system[it]}" for it in sorted(by_system))


def _versions(lab: Mapping[str, str]) -> tuple[str, str]:
    return f"Debian {lab['debian']} · Apache {lab['apache']}", lab["mod_wsgi"]
