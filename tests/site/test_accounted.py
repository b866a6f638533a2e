"""Nothing slips past the suite: what the builds show and what the manifest has are the same."""

from __future__ import annotations

import posixpath
from pathlib import Path

from bs4 import BeautifulSoup

from reference.examples import CLASS, dedented
from snippets.manifest import Manifest


def unaccounted(manifest: Manifest, site: Path) -> list[str]:
    """Return a message for each built page with other blocks than the manifest's."""
    found = []
    for page in manifest.pages:
        built = site / page.page.removeprefix("tutorial/")
        html = built.with_suffix(".html").read_text()
        shown = html.count("<pre") - html.count(f'class="{CLASS}')  # these are lines of other pages' rows: see below
        rows = sum(not block.language.startswith("raw") for block in manifest.of(page.page))
        if shown != rows:
            found.append(f"{page.source}: readers see {shown} blocks, the manifest has {rows}")
    return found


def test_every_block_of_every_build_is_in_the_manifest(manifest: Manifest, site: Path) -> None:
    assert manifest.blocks
    assert unaccounted(manifest, site) == []


def test_a_block_missing_from_the_manifest_is_found(manifest: Manifest, site: Path) -> None:
    assert len(unaccounted(Manifest(manifest.pages, manifest.blocks[1:]), site)) == 1


def test_a_block_missing_from_a_build_is_found(manifest: Manifest, site: Path) -> None:
    assert len(unaccounted(Manifest(manifest.pages, manifest.blocks + manifest.blocks[:1]), site)) == 1


def untrue(manifest: Manifest, page: str, html: str) -> list[str]:
    """Return each example on a page of the reference that is in no file which the page writes that it is from."""
    found = []
    for example in BeautifulSoup(html, "html.parser").select(f".{CLASS}"):
        origin = example.find_next_sibling("p")
        link = origin.a if origin else None
        source = (
            posixpath.normpath(posixpath.join(posixpath.dirname(page), str(link["href"]).partition("#")[0]))
            if link
            else ""
        )
        text = example.get_text().strip("\n")
        written = [block for block in manifest.of(source.removesuffix(".html")) if block.role == "file"]
        if not any(text in parts(block.text, text.count("\n") + 1) for block in written):
            found.append(f"{page}: {text!r} is in no file that {source or 'any page'} writes")
    return found


def parts(listing: str, number: int) -> set[str]:
    """Return what a number of a listing's lines, one after the other, say from their margin on."""
    lines = listing.split("\n")
    return {dedented("\n".join(lines[n : n + number])) for n in range(len(lines))}


def test_each_example_of_the_reference_is_lines_of_a_listing_that_a_page_writes(manifest: Manifest, site: Path) -> None:
    shown = 0
    for name in ("directives", "daemon-process-options"):
        page = f"tutorial/reference/{name}"
        html = (site / f"reference/{name}.html").read_text()
        shown += html.count(f'class="{CLASS}')
        assert untrue(manifest, page, html) == []
    assert shown > 10


def test_an_example_that_no_page_writes_is_found(manifest: Manifest, site: Path) -> None:
    page = "tutorial/reference/directives"
    html = (site / "reference/directives.html").read_text()
    link = BeautifulSoup(html, "html.parser").select_one(f".{CLASS} + p a")
    assert link
    for right, wrong in (
        (f'<div class="{CLASS}', f'<div class="{CLASS}"><pre>WSGIOther</pre></div><div class="{CLASS}'),
        (f'{link["href"]}"', '../wsgi.html"'),
    ):
        assert len(untrue(manifest, page, html.replace(right, wrong, 1))) == 1
