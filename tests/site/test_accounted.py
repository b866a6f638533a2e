"""Nothing slips past the suite: what the builds show and what the manifest has are the same."""

from __future__ import annotations

from pathlib import Path

from snippets.manifest import Manifest


def unaccounted(manifest: Manifest, site: Path) -> list[str]:
    """Return a message for each built page with other blocks than the manifest's."""
    found = []
    for page in manifest.pages:
        built = site / page.page.removeprefix("tutorial/")
        shown = built.with_suffix(".html").read_text().count("<pre")
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
