"""``make record``: the verdicts of a run of everything, for whoever reads the pages and has never run the lab.

``python -m tools.record.verdicts`` takes them from what the suite has left, and asks no machine.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab import image
from project import ROOT
from snippets.build import manifest
from snippets.manifest import Manifest
from snippets.results import RECORDED, RESULTS, Results
from tools import cli

#: How far a check went, weakest first; that of an exempt block has no name.
CHECKED = ("", "written", "parsed", "run")


def whole(pages: Manifest, found: Results) -> Results:
    """Return the runs of all pages, on all labs that they are for, as they stand.

    :raises ValueError: a page has not passed on a lab as it stands; the message says which, and what to type
    """
    runs, missing = [], []
    for page, lab in ((page.page, lab) for page in pages.pages for lab in image.LABS):
        if blocks := pages.of(page, lab):
            its = [run for run in found.runs if (run.page, run.lab) == (page, lab) and run.good and run.is_of(blocks)]
            runs += its
            missing += [] if its else [f"{page} has not passed on {lab} as it is now"]
    if missing:
        more = f", and neither have {len(missing) - 1} more" if missing[1:] else ""
        raise ValueError(f"{missing[0]}{more}: make snippets-test LAB=all")
    return Results({run.lab: found.labs[run.lab] for run in runs}, runs)


def overclaimed(recorded: Results, found: Results) -> Iterator[str]:
    """Yield a message for each block of which the record claims more than was found; not of pages that have changed."""
    now = {(run.page, run.lab): run.results for run in found.runs}
    for run in recorded.runs:
        results = now.get((run.page, run.lab), ())
        if [it.digest for it in run.results] == [it.digest for it in results]:
            for old, new in zip(run.results, results, strict=True):
                if new.good and CHECKED.index(old.checked) > CHECKED.index(new.checked):
                    yield f"{new.id} on {run.lab}: recorded as {old.checked}, now {new.checked or new.outcome}"


def main() -> int:
    """Record; return the exit status."""
    pages = manifest()
    whole(pages, Results.load(ROOT / RESULTS)).record(ROOT / RECORDED, pages)
    print(f"written: {RECORDED}")
    return 0


if __name__ == "__main__":
    cli.run(main, "tools.record.verdicts", OSError, ValueError)
