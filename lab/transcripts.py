"""``make transcripts``: write the output that came into the pages; the diff is the review.

``python -m lab.transcripts [PAGE]``. On pages that are right it changes no byte.
"""

from __future__ import annotations

import sys

from lab import image
from lab.blocks import Difference
from lab.engine import EngineError
from lab.suite import ROOT, PlanError, Suite
from snippets.build import manifest
from snippets.rewrite import rewrite


def update(page: str | None) -> int:
    """Run one page or all, and bring what they show up to date; return the exit status.

    :raises EngineError: there is no engine, or no image can be had
    :raises PlanError: the pages do not fit together
    :raises ValueError: Sphinx found a fault on a page
    """
    pages = manifest()
    try:
        wanted = [pages.page(page).page] if page else [one.page for one in pages.pages]
    except KeyError as error:
        raise PlanError(error.args[0]) from None
    differences: list[Difference] = []
    failed = []
    with Suite(pages, wanted, [image.DEFAULT], fresh=not page, differences=differences) as suite:
        for block in (block for name in wanted for block in pages.of(name)):
            verdict = suite.verdict(image.DEFAULT, block)
            if verdict.outcome not in ("passed", "exempt"):
                failed.append(verdict.message)
    changed = rewrite(ROOT, differences)
    print("\n".join([*(f"changed: {name}" for name in changed), *failed]) or "no page was changed")
    return 1 if failed else 0


def main() -> int:
    """Run the command."""
    try:
        return update(sys.argv[1] if sys.argv[1:] else None)
    except (EngineError, PlanError, ValueError) as error:
        print(f"make: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
