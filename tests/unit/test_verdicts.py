"""The verdicts that come with the repository: what they let a page say, and what is recorded of a run."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import image
from snippets.manifest import Block, Manifest, Page
from snippets.results import RECORDED, RESULTS, Result, Results, Run
from snippets.verdicts import Verdicts
from tests.project import Project, pages_read
from tests.unit.test_results import BLOCK, LABS, MARK, ON_12, ON_13, lines_shown
from tools.record import verdicts
from tools.record.verdicts import overclaimed, whole

OTHER = replace(BLOCK, id="tutorial/one.rst:9", line=9, text="Listen 2")
OLD = replace(OTHER, id="tutorial/one.rst:15", line=15, text="Listen 3", options={"on": "bookworm"})
BLOCKS = [BLOCK, OTHER, OLD]
PAGES = Manifest((Page("tutorial/one", "tutorial/one.rst"),), tuple(BLOCKS))
NEW = LABS["trixie"] | {"mod_wsgi": "6.1.1"}
OF_LABS = {lab: LABS.get(lab, NEW) for lab in image.LABS}


def run(lab: str = "trixie", blocks: Sequence[Block] = BLOCKS, when: str = "2026-12-01", **other: Any) -> Run:
    """Return the run of a page on a lab: its blocks have passed, but for what is said otherwise."""
    passed = {"outcome": "passed", "checked": "run"} | other
    results = tuple(Result(block.digest, id=block.id, **passed) for block in blocks if block.is_on(lab))
    return Run(blocks[0].page, lab, OF_LABS[lab], when, results, "k")


def everything(**other: Any) -> Results:
    return Results(OF_LABS, [run(lab, **other) for lab in OF_LABS])


def record(place: Path, found: Results | None = None, pages: Manifest = PAGES) -> Path:
    (found or everything()).record(place / RECORDED, pages)
    return place / RECORDED


def here(place: Path, *runs: Run) -> None:
    """Leave what a suite has found here."""
    Results(OF_LABS, runs).dump(place / RESULTS)


# -- What is recorded ----------------------------------------------------------------------------


def test_what_is_recorded_is_read_back(tmp_path: Path) -> None:
    found = Results(OF_LABS, [run("bookworm", when="2026-12-02"), run("mod_wsgi-6"), run(checked="parsed")])
    again = Results.recorded(record(tmp_path, found))
    assert [(it.lab, it.when) for it in again.runs] == [(lab, "2026-12-01") for lab in sorted(OF_LABS)]
    for old, new in zip(found.runs, again.runs, strict=True):
        assert [(it.digest, it.checked) for it in new.results] == [(it.digest, it.checked) for it in old.results]
        assert new.recorded and not old.recorded
        assert {**old.versions}.items() >= {**new.versions}.items()


def test_another_day_that_finds_the_same_changes_the_dates_alone(tmp_path: Path) -> None:
    before = record(tmp_path).read_text()
    again = record(tmp_path, everything(when="2027-01-01")).read_text()
    assert before != again
    assert before.replace("2026-12-01", "2027-01-01") == again


def test_in_which_order_all_of_it_ran_does_not_matter(tmp_path: Path) -> None:
    pages = Manifest(blocks=(*BLOCKS, replace(BLOCK, page="tutorial/another")))
    runs = [run(lab, pages.of(page)) for lab in OF_LABS for page in ("tutorial/one", "tutorial/another")]
    before = record(tmp_path, Results(OF_LABS, runs), pages).read_text()
    assert [*json.loads(before)["pages"]] == ["tutorial/another", "tutorial/one"]
    other = dict(reversed(OF_LABS.items()))
    assert record(tmp_path, Results(other, [*reversed(runs)]), pages).read_text() == before


def test_a_thousand_blocks_on_three_labs_are_a_small_file(tmp_path: Path) -> None:
    many = [replace(BLOCK, text=f"Listen {n}") for n in range(1000)]
    assert record(tmp_path, everything(blocks=many), Manifest(blocks=tuple(many))).stat().st_size < 60_000


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('{\n "labs"', '\n "labs"'),
        ('"labs"', '"laps"'),
        ('"when": "2026-12-01"', '"when": "yesterday"'),
        ('"when": "2026-12-01"', '"when": 20261201'),
        ('"debian": "13"', '"debian": "<b>13</b>"'),
        ('"apache": ', '"nginx": '),
        ("run run run", "run run"),
        ("run run run", "run run admired"),
        ("run run run", "run run failed"),
        ('"blocks": [', '"blocks": [1, '),
    ],
)
def test_a_record_that_is_none_is_refused_in_one_line(tmp_path: Path, was: str, now: str) -> None:
    file = record(tmp_path)
    text = file.read_text()
    assert was in text
    file.write_text(text.replace(was, now))
    said = rf"{re.escape(str(file))}: not what make record writes \(.*\); take the repository's, or run make record"
    with pytest.raises(ValueError, match=f"^{said}$"):
        Verdicts.load(tmp_path)


def test_only_a_run_of_everything_is_recorded() -> None:
    found = everything()
    assert whole(PAGES, replace(found, labs=OF_LABS | {"another": NEW})) == found
    hint = ": make snippets-test LAB=all"
    first, *_, last = (f"tutorial/one has not passed on {lab} as it is now" for lab in image.LABS)
    for wrong, said in (
        (Results(), f"{first}, and neither have 2 more{hint}"),
        (replace(found, runs=found.runs[:2]), f"{last}{hint}"),
        (everything(outcome="failed"), f"{first}, and neither have 2 more{hint}"),
        (everything(blocks=BLOCKS[:2]), f"tutorial/one has not passed on bookworm as it is now{hint}"),
        (everything(blocks=[OTHER, BLOCK, OLD]), f"{first}, and neither have 2 more{hint}"),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
            whole(PAGES, wrong)


def test_make_record_says_at_once_what_to_run_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "ROOT", tmp_path)
    monkeypatch.setattr(verdicts, "manifest", lambda: PAGES)
    with pytest.raises(ValueError, match=r"^tutorial/one has not passed .*: make snippets-test LAB=all$"):
        verdicts.main()
    assert not (tmp_path / RECORDED).exists()
    here(tmp_path, *everything().runs)
    assert verdicts.main() == 0
    assert Results.recorded(tmp_path / RECORDED).labs.keys() == OF_LABS.keys()


def test_what_is_recorded_and_no_longer_found_is_told() -> None:
    recorded = everything()
    assert not [*overclaimed(recorded, everything())]
    assert not [*overclaimed(everything(checked="parsed"), everything())]
    assert [*overclaimed(recorded, Results(OF_LABS, [run(checked="parsed", blocks=BLOCKS)]))] == [
        f"tutorial/one.rst:{line} on trixie: recorded as run, now parsed" for line in (7, 9)
    ]
    assert not [*overclaimed(recorded, everything(outcome="failed", checked=""))]  # the page's own test tells that
    edited = everything(checked="parsed", blocks=[replace(BLOCK, text="Listen 9"), OTHER, OLD])
    assert not [*overclaimed(recorded, edited)]


# -- What they let a page say --------------------------------------------------------------------


def test_a_recorded_line_says_when(tmp_path: Path) -> None:
    record(tmp_path)
    everywhere = f"Ran on {ON_12} and {ON_13}, 6.1.1 · 1 December 2026"
    old = f"Ran on {ON_12} · 1 December 2026"
    assert Verdicts.load(tmp_path).lines(BLOCKS) == [everywhere, everywhere, old]


def test_a_block_that_has_changed_has_no_recorded_line(tmp_path: Path) -> None:
    record(tmp_path)
    now = [BLOCK, replace(OTHER, text="Listen 9"), OLD]
    assert [line is not None for line in Verdicts.load(tmp_path).lines(now)] == [True, False, True]


def test_what_was_found_here_goes_before_what_is_recorded(tmp_path: Path) -> None:
    record(tmp_path)
    newer = replace(run(), versions=LABS["trixie"] | {"apache": "2.4.70"}, when="2026-12-24")
    Results(OF_LABS | {"trixie": newer.versions}, [newer]).dump(tmp_path / RESULTS)
    said = Verdicts.load(tmp_path).lines(BLOCKS)[0] or ""
    assert "Debian 13 · Apache 2.4.70 · mod_wsgi 5.0.2" in said
    assert "Debian 13 · Apache 2.4.68 · mod_wsgi 6.1.1" in said
    assert said.endswith("1 December 2026")  # the other labs' are as old


def test_a_line_that_is_found_here_on_all_labs_has_no_date(tmp_path: Path) -> None:
    record(tmp_path)
    here(tmp_path, *everything().runs)
    assert Verdicts.load(tmp_path).lines(BLOCKS)[0] == f"Ran on {ON_12} and {ON_13}, 6.1.1"


@pytest.mark.parametrize("outcome", ["failed", "not run"])
def test_what_failed_here_takes_the_recorded_line_back(tmp_path: Path, outcome: str) -> None:
    record(tmp_path)
    bad = run("bookworm")
    here(tmp_path, replace(bad, results=(bad.results[0], replace(bad.results[1], outcome=outcome), bad.results[2])))
    verdicts = Verdicts.load(tmp_path)
    assert ["Ran" in (line or "") for line in verdicts.lines(BLOCKS)] == [True, False, True]
    assert verdicts.whole(BLOCKS) is None


def test_a_page_that_fits_says_when_all_of_it_was_run(tmp_path: Path) -> None:
    assert Verdicts.load(tmp_path).whole(BLOCKS) is None
    record(tmp_path)
    moved = [replace(block, id=f"{block.id}0", line=block.line * 10) for block in BLOCKS]
    assert Verdicts.load(tmp_path).whole(moved) == "2026-12-01"
    here(tmp_path, run(when="2026-12-24"))
    assert Verdicts.load(tmp_path).whole(BLOCKS) == "2026-12-01"
    here(tmp_path, *(run(lab, when="2026-12-24") for lab in OF_LABS))
    assert Verdicts.load(tmp_path).whole(BLOCKS) == "2026-12-24"


@pytest.mark.parametrize(
    "now",
    [
        [replace(BLOCK, text="Listen 9"), OTHER, OLD],
        [OTHER, BLOCK, OLD],
        [*BLOCKS, replace(BLOCK, line=20)],
        BLOCKS[:2],
        [],
    ],
    ids=["another text", "another order", "one more", "one less", "none"],
)
def test_a_page_that_does_not_fit_says_nothing_of_all_of_it(tmp_path: Path, now: list[Block]) -> None:
    record(tmp_path, Results({"bookworm": LABS["bookworm"]}, [run("bookworm")]))
    assert Verdicts.load(tmp_path).whole(BLOCKS)
    assert Verdicts.load(tmp_path).whole(now) is None


def test_a_page_was_run_when_all_of_it_fits_somewhere(tmp_path: Path) -> None:
    record(tmp_path)
    changed = [BLOCK, OTHER, replace(OLD, text="Listen 9")]  # which is for one lab alone, where it has not run
    assert Verdicts.load(tmp_path).whole(changed) is None
    here(tmp_path, run("bookworm", changed, "2026-12-24"))
    assert Verdicts.load(tmp_path).whole(changed) == "2026-12-01"
    here(tmp_path, run("trixie", [now := replace(BLOCK, text="Listen 9")], "2026-12-24"))
    assert Verdicts.load(tmp_path).whole([now]) == "2026-12-24"


def test_a_page_with_nothing_to_run_was_not_run(tmp_path: Path) -> None:
    drawing = [replace(BLOCK, role="unchecked")]
    record(tmp_path, everything(blocks=drawing, outcome="exempt", checked=""), Manifest(blocks=tuple(drawing)))
    assert Results.recorded(tmp_path / RECORDED).runs
    assert Verdicts.load(tmp_path).whole(drawing) is None


# -- What they let a page say of all of its blocks ---------------------------------------------------


def summed(place: Path, blocks: Sequence[Block] = BLOCKS) -> tuple[str, str, bool] | None:
    if not (summary := Verdicts.load(place).summary(blocks)):
        return None
    return summary.counted(), f"{summary.where}, {summary.when}", summary.good


EVERYWHERE = "Debian 12, 13 · mod_wsgi 4.9, 5.0, 6.1, 2026-12-01"


def test_a_page_says_once_what_most_of_its_blocks_have_to_say(tmp_path: Path) -> None:
    assert summed(tmp_path) is None
    record(tmp_path)
    assert summed(tmp_path) == ("3 of 3 blocks ran", EVERYWHERE, True)
    summary = Verdicts.load(tmp_path).summary(BLOCKS)
    assert summary and [line == summary.usual for line in Verdicts.load(tmp_path).lines(BLOCKS)] == [True, True, False]


def test_a_page_says_no_more_than_was_done(tmp_path: Path) -> None:
    drawing = replace(BLOCK, id="tutorial/one.rst:20", line=20, role="unchecked", text="o")
    python = replace(BLOCK, id="tutorial/one.rst:30", line=30, language="python", text="a = 1")
    blocks = [*BLOCKS, python, drawing, written := replace(python, id="tutorial/one.rst:40", line=40, text="a = 2")]

    def its(lab: str) -> Run:
        ran = run(lab, blocks)
        how = {python.digest: "parsed", written.digest: "written", OLD.digest: "parsed"}
        results = [replace(it, checked=how.get(it.digest, "run")) for it in ran.results]
        return replace(ran, results=tuple(results))

    record(tmp_path, Results(OF_LABS, [its(lab) for lab in OF_LABS]), Manifest(blocks=tuple(blocks)))
    said = "2 of 6 blocks ran, 1 configuration-tested, 1 syntax-checked, 1 only written, 1 not checked"
    assert summed(tmp_path, blocks) == (said, EVERYWHERE, True)
    assert summed(tmp_path, [BLOCK, replace(OTHER, text="Listen 9")]) == (
        "1 of 2 blocks ran, 1 not run as it is now", EVERYWHERE, False
    )  # fmt: skip
    here(tmp_path, run("trixie", [BLOCK, replace(OTHER, text="Listen 9")], outcome="failed", when="2026-12-24"))
    assert summed(tmp_path, [*BLOCKS]) == ("1 of 3 blocks ran, 1 configuration-tested, 1 failed", EVERYWHERE, False)


def test_a_page_of_config_tests_does_not_say_that_it_ran(tmp_path: Path) -> None:
    record(tmp_path, everything(checked="parsed"))
    assert summed(tmp_path) == ("3 of 3 blocks configuration-tested", EVERYWHERE, True)
    assert summed(tmp_path, [BLOCK]) == ("1 of 1 block configuration-tested", EVERYWHERE, True)


def test_a_block_that_failed_says_where(tmp_path: Path) -> None:
    record(tmp_path)
    here(tmp_path, run("bookworm", outcome="failed"))
    verdicts = Verdicts.load(tmp_path)
    assert verdicts.lines(BLOCKS) == [f"Failed on {ON_12}"] * 3
    assert verdicts.summary(BLOCKS) is None


# -- On the page ---------------------------------------------------------------------------------

LESSON = "One\n===\n\n.. code-block:: console\n\n   $ ls\n"


def test_a_fresh_clone_shows_what_is_recorded_and_a_failure_takes_it_back(tmp_path: Path) -> None:
    project = Project(tmp_path, {"tutorial/index.rst": LESSON})
    project.build()
    blocks = project.blocks()
    record(tmp_path, everything(blocks=blocks), Manifest(blocks=blocks))
    project.build("html")
    assert lines_shown(project.html("index")) == [f"Ran on {ON_12} and {ON_13}, 6.1.1 · 1 December 2026"]
    assert pages_read(project.build("html")) == []
    here(tmp_path, run("trixie", blocks, outcome="failed"))
    assert pages_read(project.build("html")) == ["index"]
    assert lines_shown(project.html("index")) == [f"Failed on {ON_13}"]


def test_a_record_that_is_none_stops_the_site_in_one_line(tmp_path: Path) -> None:
    project = Project(tmp_path, {"tutorial/index.rst": LESSON})
    project.write(RECORDED, json.dumps({"labs": {}}))
    told = project.build("html", fails=True).stderr
    assert re.fullmatch(r"WARNING: \S*/verdicts\.json: not what make record writes .*\n", told)


def test_only_a_block_that_differs_has_a_line_of_its_own(tmp_path: Path) -> None:
    project = Project(tmp_path, {"tutorial/index.rst": LESSON + "".join(f"\n.. code-block:: console{it}" for it in (
        "\n\n   $ pwd\n", "\n   :on: bookworm\n\n   $ id\n"))})  # fmt: skip
    project.build()
    blocks = project.blocks()
    record(tmp_path, everything(blocks=blocks), Manifest(blocks=blocks))
    project.build("html")
    line = f"Ran on {ON_12} and {ON_13}, 6.1.1 · 1 December 2026"
    html = project.html("index")
    assert html.count(MARK.format("Ran", line)) == 2
    assert re.findall(r'<p class="snippet-verdict">(.*?)</p>', html) == [f"Ran on {ON_12} · 1 December 2026"]
    project.build("text")
    assert (tmp_path / "build/text/index.txt").read_text().count("Ran on") == 1
