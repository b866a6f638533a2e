"""Nothing slips past the suite: what the builds show and what the manifest has are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.suite import Suite
from snippets.manifest import Block, Manifest

SITE = Path(__file__).parents[2] / "build/site"


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


def only_parsed(checked: list[tuple[Block, str]]) -> str:
    """Say so if more than a quarter of the Apache blocks are only config-tested."""
    apache = [how for block, how in checked if block.language == "apache"]
    parsed = apache.count("parsed")
    return f"{parsed} of {len(apache)} Apache blocks are only config-tested" if 4 * parsed > len(apache) else ""


def test_every_block_of_every_build_is_in_the_manifest(manifest: Manifest) -> None:
    assert manifest.blocks
    assert unaccounted(manifest, SITE) == []


def test_a_block_missing_from_the_manifest_is_found(manifest: Manifest) -> None:
    assert len(unaccounted(Manifest(manifest.pages, manifest.blocks[1:]), SITE)) == 1


def test_a_block_missing_from_a_build_is_found(manifest: Manifest) -> None:
    assert len(unaccounted(Manifest(manifest.pages, manifest.blocks + manifest.blocks[:1]), SITE)) == 1


def test_most_apache_blocks_are_run(request: pytest.FixtureRequest, suite: Suite, manifest: Manifest) -> None:
    if request.config.getoption("--page"):
        return  # the share of one page says nothing
    for lab in suite.labs:
        blocks = [block for block in manifest.blocks if block.is_on(lab)]
        assert not only_parsed([(block, suite.verdict(lab, block).checked) for block in blocks])


def test_too_many_parsed_blocks_are_found(manifest: Manifest) -> None:
    apache = [block for block in manifest.blocks if block.language == "apache"]
    assert only_parsed([(block, "parsed") for block in apache])
    assert not only_parsed([(block, "run") for block in apache])
