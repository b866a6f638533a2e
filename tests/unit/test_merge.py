"""Results of labs that ran side by side: together they are those of one run, or they are refused."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from snippets.manifest import Block, Manifest, Page
from snippets.results import RESULTS, Result, Results, Run
from tools import merge

BLOCK = Block("a.rst:7", "a", "a.rst", 7, "apache", "fragment", "Listen 1")
OLD = replace(BLOCK, id="a.rst:9", line=9, text="Listen 2", options={"on": "bookworm"})
PAGES = Manifest((Page("a", "a.rst"),), (BLOCK, OLD))
VERSIONS = {"debian": "13", "apache": "2.4.68", "mod_wsgi": "5.0.2", "python": "3.13.5", "image": "lab:1"}


def of(lab: str, *blocks: Block, outcome: str = "passed", **versions: str) -> Results:
    its = VERSIONS | versions
    results = tuple(Result(it.digest, outcome, "run", it.id, 0.1) for it in blocks)
    return Results({lab: its}, [Run("a", lab, its, "2026-12-01", results, "key")])


TRIXIE, BOOKWORM = of("trixie", BLOCK), of("bookworm", BLOCK, OLD)


def test_the_results_of_all_labs_come_together() -> None:
    whole = merge.merged({"one": TRIXIE, "other": BOOKWORM, "again": TRIXIE}, PAGES)
    assert whole.labs == {"trixie": VERSIONS, "bookworm": VERSIONS}
    assert whole.runs == [*TRIXIE.runs, *BOOKWORM.runs]


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (of("trixie", BLOCK, apache="2.4.1"), "other: the lab trixie is not the same as in one"),
        (of("trixie", BLOCK, outcome="failed"), "other: a on trixie had another outcome than in one"),
        (of("bookworm", BLOCK), "other: a has different blocks on bookworm; check out what was tested"),
        (of("bookworm", OLD, BLOCK), "other: a has different blocks on bookworm; check out what was tested"),
        (
            of("bookworm", BLOCK, replace(OLD, text="x")),
            "other: a has different blocks on bookworm; check out what was",
        ),
        (Results(), "other: there are no results in it; make snippets-test writes them"),
    ],
)
def test_what_does_not_fit_together_is_refused(part: Results, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        merge.merged({"one": TRIXIE, "other": part}, PAGES)


def test_the_command_writes_what_the_files_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(merge, "ROOT", tmp_path)
    monkeypatch.setattr(merge, "manifest", lambda: PAGES)
    TRIXIE.dump(tmp_path / "one.json")
    BOOKWORM.dump(tmp_path / "other.json")
    assert merge.main(f"{tmp_path}/one.json", f"{tmp_path}/other.json") == 0
    assert Results.load(tmp_path / RESULTS) == merge.merged({"one": TRIXIE, "other": BOOKWORM}, PAGES)
    assert capsys.readouterr().out == f"written: {RESULTS}: 2 runs of pages, on trixie, bookworm\n"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], 'name the results: make merge RESULTS="one.json other.json"'),
        (["none.json"], "none.json: there are no results in it"),
        (["bad.json"], "bad.json: not the suite's results"),
    ],
)
def test_what_cannot_be_merged_is_one_line(
    names: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "ROOT", tmp_path)
    monkeypatch.setattr(merge, "manifest", lambda: PAGES)
    monkeypatch.chdir(tmp_path)
    Path("bad.json").write_text("[]")
    with pytest.raises((OSError, ValueError), match=f"^{re.escape(said)}[^\n]*$"):
        merge.main(*names)
    assert not (tmp_path / RESULTS).exists()
