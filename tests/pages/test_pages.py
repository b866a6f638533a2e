"""The pages themselves: every block that a reader sees, done as the reader would do it."""

from __future__ import annotations

import pytest

from runner.suite import Suite
from snippets.manifest import Block


def test_block(suite: Suite, lab: str, block: Block) -> None:
    verdict = suite.verdict(lab, block)
    if not verdict.good:
        pytest.fail(verdict.message, pytrace=False)
