"""Which pages run, and after which others."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from lab import image
from lab.errors import UserError
from snippets.manifest import Block, Manifest


class PlanError(UserError):
    """The pages do not fit together: an unknown page or lab, a circle."""


def plan(manifest: Manifest, wanted: Iterable[str]) -> dict[str, set[str]]:
    """Return the pages to run for the wanted ones, each with those it has to wait for.

    A page waits for the one it starts from, and for those whose listings it shows.

    :raises PlanError: a page starts from one that does not exist, or from itself in the end, or a block is for an
        unknown lab
    """
    for block in manifest.blocks:
        if unknown := set(block.options.get("on", "").split()) - set(image.LABS):
            raise PlanError(
                f"{block.at(0)}: ':on: {' '.join(unknown)}': there is no such lab; there are: {', '.join(image.LABS)}"
            )
    pages = {page.page: page for page in manifest.pages}
    needs: dict[str, set[str]] = {}
    rest = list(wanted)
    while rest:
        name = rest.pop()
        if name in needs:
            continue
        page = pages[name]
        if page.starts_from and page.starts_from not in pages:
            raise PlanError(f"{page.start_at}: ':starts-from: {page.starts_from}': there is no such page")
        if page.starts_from and pages[page.starts_from].apart:
            wrong = "the sections of that page run separately, so it has no end"
            raise PlanError(f"{page.start_at}: ':starts-from: {page.starts_from}': {wrong}")
        starts = {page.starts_from} if page.starts_from else set()
        needs[name] = starts | (shown_from(manifest, name) - {name})
        rest += needs[name]
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle = [pages[name] for name in error.args[1]]
        place = next((page.start_at for page in circle if page.starts_from), circle[0].source)
        names = " → ".join(page.page for page in circle)
        raise PlanError(f"{place}: pages start from each other, or show each other's listings: {names}") from None
    return needs


def shown_from(manifest: Manifest, page: str) -> set[str]:
    """Return the pages that write the listings of which a page shows regions."""
    regions = [block for block in manifest.of(page) if block.is_region]
    return {writer.page for block in regions for lab in image.LABS if (writer := writer_of(manifest, block, lab))}


def writer_of(manifest: Manifest, block: Block, lab: str) -> Block | None:
    """Return the block that writes, on a lab, the listing of which another shows a region."""
    writers = [
        other
        for other in manifest.blocks
        if other.role == "file" and other.listing == block.listing and other.is_on(lab)
    ]
    return next((other for other in writers if other.page == block.page), writers[0] if writers else None)


def lab_of(block: Block) -> str:
    """Return the lab that stands for all that a block is for: the default, or the first of these."""
    return next(lab for lab in (image.DEFAULT, *image.LABS) if block.is_on(lab))
