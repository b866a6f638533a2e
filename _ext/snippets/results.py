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
from typing import Any

from sphinx.errors import ExtensionError

from snippets.manifest import Block

#: What was done, weakest first, and what the reader is told. A file that was only written: nothing.
SAID = {"written": None, "parsed": "Config-tested on", "run": "Ran on"}


@dataclass(frozen=True)
class Results:
    """What the suite found, by lab and block."""

    labs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    blocks: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def load(cls, path: Path) -> Results:
        """Read the results; without a file there are none.

        :raises ExtensionError: the file cannot be read as results
        """
        try:
            read = json.loads(path.read_text())
            return cls(read["labs"], read["blocks"])
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ExtensionError(
                f"{path}: not the suite's results ({error}); delete it, or run make snippets-test"
            ) from error

    def line(self, block: Block) -> str | None:
        """Return what the page may say under a block: no more than was done to this very text."""
        found = [
            row
            for row in self.blocks
            if row["id"] == block.id and row["digest"] == block.digest and row["lab"] in self.labs
        ]
        if not found or any(row["outcome"] != "passed" for row in found):
            return None
        said = next(said for checked, said in SAID.items() if any(row["checked"] == checked for row in found))
        if said == SAID["parsed"] and block.language != "apache":
            said = "Syntax-checked on"
        return said and f"{said} {' and '.join(self._versions(row['lab']) for row in found)}"

    def _versions(self, name: str) -> str:
        lab = self.labs[name]
        return f"Debian {lab['debian']} · Apache {lab['apache']} · mod_wsgi {lab['mod_wsgi']}"
