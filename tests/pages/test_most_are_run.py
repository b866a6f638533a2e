"""A config test is the least: most configuration on the pages has to be served with."""

from __future__ import annotations

import pytest

from runner.suite import Suite
from snippets.manifest import Block, Manifest


def only_parsed(checked: list[tuple[Block, str]]) -> str:
    """Say so if more than a quarter of the Apache blocks are only configuration-tested."""
    apache = [how for block, how in checked if block.language == "apache"]
    parsed = apache.count("parsed")
    return f"{parsed} of {len(apache)} Apache blocks are only configuration-tested" if 4 * parsed > len(apache) else ""


def test_most_apache_blocks_are_run(request: pytest.FixtureRequest, suite: Suite, manifest: Manifest) -> None:
    if request.config.getoption("--page"):
        pytest.skip("of how many blocks are run: make snippets-test, without PAGE")
    for lab in suite.labs:
        blocks = [block for block in manifest.blocks if block.is_on(lab)]
        assert not only_parsed([(block, suite.verdict(lab, block).checked) for block in blocks])


def test_too_many_parsed_blocks_are_found(manifest: Manifest) -> None:
    apache = [block for block in manifest.blocks if block.language == "apache"]
    assert only_parsed([(block, "parsed") for block in apache])
    assert not only_parsed([(block, "run") for block in apache])
