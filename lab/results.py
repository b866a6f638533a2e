"""``build/snippets/results.json`` from the suite's side: what it keeps of earlier runs, and what it writes.

Beside what the pages show (``snippets.results``) the file remembers which pages passed as they are::

    {"labs": {...}, "blocks": [...],
     "pages": [{"page": "tutorial/install", "lab": "trixie", "key": "...", "blocks": ["tutorial/install.rst:42"]}]}
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.blocks import Verdict
from snippets.manifest import Block, Manifest
from snippets.results import Results

Row = dict[str, Any]


@dataclass(frozen=True)
class Kept:
    """What earlier runs have left: rows of the results file."""

    labs: Mapping[str, dict[str, str]] = field(default_factory=dict)
    blocks: Sequence[Row] = ()
    pages: Sequence[Row] = ()

    @classmethod
    def load(cls, path: Path) -> Kept:
        """Read the file; one that is corrupt is told, and counts for nothing."""
        try:
            Results.load(path)
            read = json.loads(path.read_text())
            pages = [{"page": row["page"], "lab": row["lab"], "key": row["key"], "blocks": [*row["blocks"]]}
                     for row in read.get("pages", ())]  # fmt: skip
            return cls(read["labs"], read["blocks"], pages)
        except FileNotFoundError:
            return cls()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            said = error if isinstance(error, ValueError) else f"{path}: not the suite's results ({error!r})"
            print(f"{said}\nIt is written anew.", file=sys.stderr)
            return cls()

    def passed(self, lab: str, page: str, key: str, blocks: Sequence[Block]) -> dict[str, Verdict] | None:
        """Return the verdicts of a page that passed as it is, by block; ``None`` if it has to run.

        A page may have moved its blocks: it is the same as long as they are the same in the same order.
        """
        row = next((row for row in self.pages if (row["page"], row["lab"], row["key"]) == (page, lab, key)), None)
        if row is None or len(row["blocks"]) != len(blocks):
            return None
        rows = {found["id"]: found for found in self.blocks if found["lab"] == lab}
        verdicts = {}
        for name, block in zip(row["blocks"], blocks, strict=True):
            found = rows.get(name, {})
            if found.get("digest") != block.digest or found.get("outcome") not in ("passed", "exempt"):
                return None
            verdicts[block.id] = Verdict(found["outcome"], found["checked"], seconds=found["seconds"])
        return verdicts


def write(path: Path, manifest: Manifest, now: Kept) -> None:
    """Write the file: what was found now, and of before what still fits.

    :raises OSError: it cannot be written; what was there before stays
    """
    before = Kept.load(path)
    digests = {block.id: block.digest for block in manifest.blocks}
    rebuilt = {lab for lab, found in now.labs.items() if _made_of(before.labs.get(lab, found)) != _made_of(found)}
    seen = {(row["id"], row["lab"]) for row in now.blocks}
    blocks = [
        row
        for row in before.blocks
        if digests.get(row["id"]) == row["digest"] and row["lab"] not in rebuilt and (row["id"], row["lab"]) not in seen
    ]
    seen = {(row["page"], row["lab"]) for row in now.pages}
    pages = [row for row in before.pages if row["lab"] not in rebuilt and (row["page"], row["lab"]) not in seen]
    found = {"labs": {**before.labs, **now.labs}, "blocks": [*blocks, *now.blocks], "pages": [*pages, *now.pages]}
    text = json.dumps(found, indent=1) + "\n"
    if path.exists() and path.read_text() == text:
        return  # what the site shows fits
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".tmp")
    try:
        fresh.write_text(text)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _made_of(lab: Mapping[str, str]) -> dict[str, str]:
    """Leave out of a lab's versions when it last ran."""
    return {name: value for name, value in lab.items() if name != "when"}
