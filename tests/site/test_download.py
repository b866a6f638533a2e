"""The tutorial offers each file it shows."""

from __future__ import annotations

from pathlib import Path

from snippets.manifest import Manifest
from tests.unit.test_download import offered


def withheld(manifest: Manifest, site: Path) -> list[str]:
    """Return the pages that do not offer each file that they show."""
    found = []
    for page in manifest.pages:
        built = (site / page.page.removeprefix("tutorial/")).with_suffix(".html")
        files = [block for block in manifest.of(page.page) if block.path and block.listing]
        wanted = [(Path(str(block.path)).name, block.text) for block in files]
        there = [(name, content.decode()) for name, content in offered(built)]
        if page.apart:  # read in another order than run
            there, wanted = sorted(there), sorted(wanted)
        if there != wanted:
            found.append(page.page)
    return found


def test_the_tutorial_offers_each_file_it_shows(manifest: Manifest, site: Path) -> None:
    assert withheld(manifest, site) == []


def test_a_file_that_is_not_offered_is_found(manifest: Manifest, site: Path) -> None:
    other = [block for block in manifest.blocks if block.role != "file"]
    assert withheld(Manifest(manifest.pages, tuple(other)), site) != []
