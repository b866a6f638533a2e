"""``make transcripts``: write the output that came into the pages; the diff is the review.

``python -m tools.transcripts [PAGE]``. On pages that are right it changes no byte: those that passed as they are have
been compared by the same rules, and do not run again.
"""

from __future__ import annotations

from lab import image
from project import ROOT
from runner.plan import PlanError, lab_of
from runner.results import kept
from runner.rewrite import rewrite
from runner.suite import Suite
from runner.verdict import Difference
from snippets.build import manifest
from snippets.results import RESULTS
from tools import cli


def update(page: str | None) -> int:
    """Run one page or all, and bring what they show up to date; return the exit status.

    What a block shows is what came on the default lab, or on the first of those that it is for.

    :raises EngineError: there is no engine, or no image can be had
    :raises PlanError: the pages do not fit together
    :raises ValueError: Sphinx found a fault on a page
    """
    pages = manifest()
    try:
        wanted = [pages.page(page)] if page else pages.pages
    except KeyError as error:
        raise PlanError(error.args[0]) from None
    blocks = [block for one in wanted for block in pages.of(one.page)]
    found: list[Difference] = []
    failed, before = [], kept(ROOT / RESULTS)
    for lab in image.LABS:
        asked = [block for block in blocks if lab_of(block) == lab]
        if not asked:
            continue
        names, differences = dict.fromkeys(block.page for block in asked), list[Difference]()
        with Suite(pages, names, [lab], kept=before, differences=differences) as suite:
            verdicts = [suite.verdict(lab, block) for block in asked]
        failed += [verdict.message for verdict in verdicts if not verdict.good]
        found += [difference for difference in differences if difference[0] in asked]
    changed = rewrite(ROOT, found)
    print("\n".join([*(f"changed: {name}" for name in changed), *failed]) or "no page was changed")
    return 1 if failed else 0


def main(page: str) -> int:
    """Run the command."""
    return update(page or None)


if __name__ == "__main__":
    cli.run(main, "tools.transcripts [PAGE]", ValueError)
