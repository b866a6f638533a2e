"""What is known of how the pages were checked: all that the report is made from."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snippets.build import MANIFESTS
from snippets.manifest import Block, Manifest
from snippets.results import Result, Run
from snippets.verdicts import Verdicts
from snippets.versions import checked

RECORD, LEDGER = "snippets/recorded/mutants.json", "tests/data/mutants.toml"
BROWSER = "snippets/recorded/browser.json"


@dataclass(frozen=True)
class Found:
    """What is known: the manifest, by block what became of it on each lab, and what became of the mutants.

    ``owed`` are pages that were changed after their mutants were run: of these nothing is counted.
    """

    manifest: Manifest
    rows: dict[str, list[tuple[Run, Result]]]
    mutants: dict[str, Any]
    survivors: Sequence[dict[str, str]]
    owed: Sequence[str]
    browser: dict[str, Any]

    @classmethod
    def load(cls, root: Path) -> Found:
        """Read the files; those that are not there tell nothing.

        :raises ValueError: one cannot be read; the message names it
        """
        manifest = Manifest.load(*(root / name for name in MANIFESTS if (root / name).exists()))
        verdicts, rows = Verdicts.load(root), dict[str, list[tuple[Run, Result]]]()
        for blocks in (manifest.of(page.page) for page in manifest.pages):
            found = zip(blocks, verdicts.of(blocks), strict=True)
            rows |= {block.id: its for block, its in found if its}
        ledger = tomllib.loads((root / LEDGER).read_text()) if (root / LEDGER).exists() else {}
        owed = ledger.get("owed", ())
        mutants = _json(root / RECORD, lambda it: it.get("versions", {}).values())
        if "pages" in mutants:
            mutants["pages"] = {page: its for page, its in mutants["pages"].items() if page not in owed}
        return cls(
            manifest,
            rows,
            mutants,
            [row for row in ledger.get("survivor", ()) if row["page"] not in owed],
            owed,
            _json(root / BROWSER, lambda it: [it.get("versions", {})]),
        )

    def planted(self) -> tuple[int, int]:
        """Return how many mutants were made and how many of them were noticed, of the pages that count."""
        pages = self.mutants.get("pages", {}).values()
        return sum(page["made"] for page in pages), sum(page["killed"] for page in pages)

    def how(self, block: Block) -> set[tuple[str, str]]:
        """Return what became of a block, over the labs: outcomes, and how far each was checked."""
        return {(result.outcome, result.checked) for _, result in self.rows.get(block.id, ())}


def _json(path: Path, versions: Callable[[Any], Iterable[dict[str, str]]]) -> dict[str, Any]:
    """Read a file; its versions are to be no more than that."""
    try:
        read: dict[str, Any] = json.loads(path.read_text())
        for told in versions(read):
            checked(told)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: cannot be read ({error}); delete it, or run make snippets-test") from error
    return read
