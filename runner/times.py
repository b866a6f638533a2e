"""How long pages take, and are expected to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner.page import parts, waits_of
from snippets.manifest import Block

BUDGET = 10  # seconds that a page, or a section that stands apart, should take at most beyond the waits it shows


def expected(blocks: Sequence[Block]) -> float:
    """Return about how many seconds a page takes."""
    return waits_of(blocks) + len(blocks) / 4 + len(parts(blocks))


def told(
    pages: Mapping[tuple[str, str], Sequence[Block]],
    seconds: Mapping[tuple[str, str], float],
    waited: Mapping[tuple[str, str], float],
) -> str:
    """Say how long pages took, those over their budget, and how much of it they wait on purpose.

    :param pages: blocks by lab and page
    :param waited: seconds of these in which a reader would wait too
    """
    waits = {job: waits_of(blocks) for job, blocks in pages.items()}
    over = [
        f"{page} on {lab}"
        for (lab, page), took in seconds.items()
        if took - waits[lab, page] > BUDGET * len(parts(pages[lab, page]))
    ]
    said = (
        f"pages: {sum(seconds.values()):.1f} s, of which {sum(waits.values()):.1f} s are waits that they show"
        f" and {sum(waited.values()):.1f} s are what their commands take beyond a second each"
    )
    return said + (f"; over the budget of {BUDGET} s: {', '.join(sorted(over))}" if over else "")
