"""A sample of the mutants, tried on machines."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lab import image
from lab.engine import Engine, EngineError
from lab.machine import MachineError
from project import ROOT
from runner.plan import lab_of
from snippets.manifest import Manifest
from snippets.results import RECORDED, Results
from tools.mutants import ledger
from tools.mutants import trial as trials
from tools.mutants.mutate import Mutant


def sample(manifest: Manifest, number: int) -> list[tuple[str, Mutant]]:
    """Choose mutants over all pages, always the same; those with a reason to survive are left out.

    So are those of pages that have to be tried as a whole first, and of blocks that are only parsed, as in
    ``make mutants``. One lab is enough for it.
    """
    excused = {(row["page"], row["kind"], row["was"], row["now"]) for row in ledger.ledger()}
    recorded = Results.recorded(ROOT / RECORDED)
    parsed = {it.digest for run in recorded.runs for it in run.results if it.checked == "parsed"}
    made = [
        (page.page, it)
        for page in manifest.pages
        if page.page not in ledger.owed()
        for it in trials.own_mutants(manifest, page.page)
        if lab_of(it.of) == image.DEFAULT and it.of.digest not in parsed
    ]
    tried = [(page, it) for page, it in made if (page, it.kind, it.was, it.now) not in excused]
    return random.Random(2013).sample(tried, number)


@pytest.fixture(scope="module")
def trial(engine: Engine, manifest: Manifest) -> Iterator[trials.Trial]:
    try:
        with trials.Trial(manifest, [], say=lambda _: None) as trial:
            yield trial
    except (EngineError, MachineError) as error:
        pytest.fail(str(error), pytrace=False)


def test_a_sample_of_the_mutants_is_noticed(trial: trials.Trial, manifest: Manifest) -> None:
    survivors = []
    chosen = sample(manifest, 12)
    for page in {page for page, _ in chosen}:
        tally = trial.page(page, [it for name, it in chosen if name == page])
        survivors += tally.survivors
    assert [str(it) for it in survivors] == []


def test_a_mutant_that_is_none_survives(trial: trials.Trial, manifest: Manifest) -> None:
    page = "tutorial/install"
    of = trials.own_blocks(manifest, page)[0]
    assert trial.outcome("tutorial/first-application", Mutant(of, of, "no change", 0, "", "")) == trials.Outcome()


def test_the_doctor_finds_what_the_config_test_takes(trial: trials.Trial, manifest: Manifest) -> None:
    page = "tutorial/first-application"
    of = next(it for it in trials.own_blocks(manifest, page) if it.role == "file" and "all granted" in it.text)
    wrong = replace(of, text=of.text.replace("Require all granted", ""))
    found = trial.outcome(page, Mutant(of, wrong, "dropped line", 0, "Require all granted", ""))
    assert found == trials.Outcome(killed=True, by_doctor=True)
    unseen = replace(of, text=of.text.replace("ServerName ", "ServerName x"))
    found = trial.outcome(page, Mutant(of, unseen, "changed value", 0, "", "x"))
    assert found == trials.Outcome(killed=True, by_doctor=False)
