"""The verdicts that come with the repository claim no more than the pages bear out today."""

from __future__ import annotations

from itertools import product

import pytest

from project import ROOT
from runner.suite import Suite
from snippets.manifest import Manifest
from snippets.results import RECORDED, Results
from tools.record.verdicts import overclaimed


def test_no_more_is_recorded_than_was_found(suite: Suite, manifest: Manifest) -> None:
    for lab, page in product(suite.labs, suite.wanted):
        for block in manifest.of(page, lab):
            suite.verdict(lab, block)
    try:
        wrong = [*overclaimed(Results.recorded(ROOT / RECORDED), suite.found())]
    except ValueError as error:
        pytest.fail(str(error), pytrace=False)
    if wrong:
        pytest.fail("\n".join([*wrong[:40], f"{len(wrong)} in all; make record writes them anew"]), pytrace=False)
