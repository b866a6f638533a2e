"""The results from the suite's side: what it takes over from earlier runs, and what it leaves to later ones."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from snippets.manifest import Block, Manifest
from snippets.results import Results, Run


def kept(path: Path) -> Results:
    """Read what earlier runs have left; a file that is corrupt is told, and counts for nothing."""
    try:
        return Results.load(path)
    except ValueError as error:
        print(f"{error}\nIt is written again from scratch.", file=sys.stderr)
        return Results()


def passed(before: Results, lab: str, page: str, key: str, blocks: Sequence[Block]) -> Run | None:
    """Return the run of a page that passed as it is; ``None`` if it has to run.

    A page may have moved its blocks: it is the same as long as they are the same in the same order.
    """
    run = next((run for run in before.runs if (run.page, run.lab, run.key) == (page, lab, key)), None)
    return run if run and run.good and run.is_of(blocks) else None


def write(path: Path, manifest: Manifest, now: Results) -> None:
    """Write what was found now, and of before the runs of other pages and labs.

    :raises OSError: it cannot be written; what was there before stays
    """
    before, pages = kept(path), {page.page for page in manifest.pages}
    rebuilt = {lab for lab, versions in now.labs.items() if before.labs.get(lab, versions) != versions}
    again = {(run.page, run.lab) for run in now.runs}
    runs = [
        run for run in before.runs if run.page in pages and run.lab not in rebuilt and (run.page, run.lab) not in again
    ]
    Results({**before.labs, **now.labs}, [*runs, *now.runs]).dump(path)
