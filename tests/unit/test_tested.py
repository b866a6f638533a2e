"""What a page tells of how all pages were checked: that it is what the files say, and no more."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from snippets.manifest import Manifest
from snippets.results import RECORDED, RESULTS, Results
from tested.directive import PARTS, unchecked_prose
from tested.found import Found
from tests.project import Project, pages_read

LAB = {"debian": "13", "apache": "2.4.68", "mod_wsgi": "5.0.2", "python": "3.13.5"}
LESSON = """
Lesson
======

Type ``echo here``, then ``echo nowhere``, set ``ServerName lab``, ``ServerAlias other``, ``threads=5`` and
``threads=6``. A ``word`` and ``echo`` are no code to type.

.. code-block:: console

   $ echo here
   here
   $ echo there
   ...

.. code-block:: apache

   ServerName lab
   Define options threads=5

.. code-block:: none
   :unchecked: a drawing

   o--o
"""
CONF = 'extensions = ["snippets", "tested"]\nhtml_theme = "basic"\nhighlight_language = "none"\n'
TOLD = "Told\n====\n\n" + "\n\n".join(f".. tested:: {part}" for part in PARTS)
INDEX = "Index\n=====\n\n.. toctree::\n\n   lesson\n   told\n"
RECORD: dict[str, Any] = {
    "when": "2026-05-05",
    "lab": "trixie",
    "versions": {"trixie": {"mod_wsgi": "5.0.2"}},
    "pages": {
        "tutorial/lesson": {
            "made": 10, "killed": 9, "configurations": {"made": 4, "killed": 4, "by_config_test": 2}, "survivors": [],
        }
    },
}  # fmt: skip
LEDGER = """
[[survivor]]
page = "tutorial/lesson"
kind = "changed path"
was = "/srv/a"
now = "/srv/b"
reason = "unseen"
why = "Nobody asks."
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a project whose suite has not run."""
    files = {"index": INDEX, "lesson": LESSON, "told": TOLD}
    return Project(tmp_path, {"conf.py": CONF} | {f"tutorial/{name}.rst": text for name, text in files.items()})


def run(project: Project, **other: Any) -> None:
    """Write what a suite would have found: everything passed, but for what is said otherwise by role."""
    project.build()
    checked = {"transcript": "run", "fragment": "parsed", "unchecked": ""}
    rows = [
        {
            "id": block.id,
            "page": block.page,
            "lab": "trixie",
            "digest": block.digest,
            "seconds": 0.1,
            "checked": checked[block.role],
        }
        | {"outcome": "exempt" if block.role == "unchecked" else other.get(block.role, "passed")}
        for block in project.blocks()
    ]
    pages = [
        {"page": page, "lab": "trixie", "when": "2026-05-04", "key": "k"} for page in {row["page"] for row in rows}
    ]
    results = {"labs": {"trixie": LAB}, "blocks": rows, "pages": pages}
    project.write("build/snippets/results.json", json.dumps(results))


def told(project: Project, page: str = "told") -> str:
    """Build, and return what the page says."""
    project.build("html")
    body = BeautifulSoup(project.html(page), "html.parser").find("div", class_="body")
    assert body
    return " ".join(body.get_text(" ").split())


def test_without_results_it_says_so(project: Project) -> None:
    said = told(project)
    assert said.count("The suite has not been run on the pages as they are now") == 4
    assert "No faults have been planted yet" in said
    assert "No lesson has been run as it is now." in said
    assert not re.search(r"\d", said)


def test_what_was_run_is_counted(project: Project) -> None:
    run(project)
    said = told(project)
    assert "3 blocks on 1 page, the deck among them, with 7 lines: 0 files written, 2 commands typed." in said
    assert "Debian 13 · Apache 2.4.68 5.0.2 3.13.5 3 2 2026-05-04" in said


def test_the_line_of_proof_counts_what_came_out_as_shown(project: Project) -> None:
    run(project)
    project.write("snippets/recorded/mutants.json", json.dumps(RECORD))
    came, planted = "came out as shown on Debian 13 with mod_wsgi 5.0, last on 4 May 2026.", "Of 10 mistakes planted"
    assert f"2 blocks {came} {planted} in them, 90% were noticed." in told(project)
    run(project, transcript="failed")
    assert f"1 block {came}" in told(project)


def test_what_is_recorded_counts_where_nothing_was_run(project: Project) -> None:
    run(project)
    here = project.place / RESULTS
    Results.load(here).record(project.place / RECORDED, Manifest.load(project.manifest_file()))
    here.unlink()
    said = told(project)
    assert "3 blocks on 1 page" in said
    assert "Debian 13 · Apache 2.4.68 5.0.2 3.13.5 3 2 2026-05-04" in said
    (project.place / RECORDED).unlink()
    assert "The suite has not been run on the pages as they are now" in told(project)


def test_what_was_not_checked_is_listed_with_its_reason(project: Project) -> None:
    run(project)
    said = told(project)
    assert "o--o is not checked: a drawing" in said
    assert "ServerName lab was only checked by a configuration test" in said
    assert "the output of echo there is not compared" in said
    assert "echo here is not compared" not in said


def test_what_failed_is_told(project: Project) -> None:
    run(project, transcript="failed")
    said = told(project)
    assert "echo here : failed" in said
    assert "5.0.2 3.13.5 3 1 2026-05-04" in said


def test_what_was_changed_since_is_not_counted(project: Project) -> None:
    run(project)
    project.write("tutorial/lesson.rst", LESSON.replace("echo here\n   here", "echo now\n   now"))
    project.build()  # the manifest, without a run
    said = told(project)
    assert "2 blocks on 1 page" in said
    assert "echo now was not run since it was changed" in said


def test_code_in_a_sentence_that_no_block_has_is_listed(project: Project) -> None:
    run(project)
    found = list(unchecked_prose(Found.load(project.place)))
    assert [code.text for code in found] == ["echo nowhere", "ServerAlias other", "threads=6"]
    assert {code.line for code in found} == {5}
    assert "Lesson : echo nowhere , ServerAlias other , threads=6" in told(project)


def test_code_in_a_block_that_did_not_run_does_not_count(project: Project) -> None:
    run(project)
    results = project.place / "build/snippets/results.json"
    kept = json.loads(results.read_text())
    kept["blocks"] = [row for row in kept["blocks"] if row["checked"] != "run"]
    results.write_text(json.dumps(kept))
    assert "echo here" not in [code.text for code in unchecked_prose(Found.load(project.place))]  # no command is known
    assert "ServerName lab" not in [code.text for code in unchecked_prose(Found.load(project.place))]


def test_mutants_and_survivors_are_told(project: Project) -> None:
    run(project)
    project.write("snippets/recorded/mutants.json", json.dumps(RECORD))
    project.write("tests/data/mutants.toml", LEDGER)
    said = told(project)
    assert "Of 10 planted faults the suite noticed 9, 90%. 4 of them were in configurations" in said
    assert "refused 2 of these, and running the pages noticed 4. Recorded on 2026-05-05 with mod_wsgi 5.0.2." in said
    assert "Lesson 10 9 4 2 4" in said
    assert "Lesson changed path for /srv/a : /srv/b Nobody asks. (unseen)" in said
    assert "doctor" not in said


def test_what_the_doctor_finds_of_the_mutants_is_told(project: Project) -> None:
    run(project)
    counts = {"made": 4, "killed": 4, "by_config_test": 2, "examined": 2, "by_doctor": 1}
    page = RECORD["pages"]["tutorial/lesson"] | {"configurations": counts}
    project.write("snippets/recorded/mutants.json", json.dumps(RECORD | {"pages": {"tutorial/lesson": page}}))
    project.write("tests/data/mutants.toml", LEDGER)
    said = told(project)
    assert "the doctor looked, too, at 2 of the faults that apachectl -t accepts. It found 1 of these, 50%" in said


def test_a_page_that_was_changed_after_its_faults_were_planted_does_not_count(project: Project) -> None:
    run(project)
    other = RECORD["pages"] | {"tutorial/told": RECORD["pages"]["tutorial/lesson"] | {"killed": 10}}
    project.write("snippets/recorded/mutants.json", json.dumps(RECORD | {"pages": other}))
    project.write("tests/data/mutants.toml", f'owed = ["tutorial/lesson"]\n{LEDGER}')
    said = told(project)
    assert "Of 10 planted faults the suite noticed 10, 100%." in said
    assert "Not counted are pages that were changed after faults were planted in them: Lesson" in said
    assert "Nobody asks" not in said


def test_versions_that_only_some_faults_were_tried_on_are_told(project: Project) -> None:
    run(project)
    versions = RECORD["versions"] | {"mod_wsgi-6": {"mod_wsgi": "6.1"}, "bookworm": {"mod_wsgi": "4.9"}}
    project.write("snippets/recorded/mutants.json", json.dumps(RECORD | {"versions": versions}))
    assert "with mod_wsgi 5.0.2; blocks for other versions only, with 4.9 or 6.1." in told(project)


def ran(project: Project, *digests: str) -> None:
    """Write what make record-lessons would have recorded."""
    versions = {"debian": "13.8", "apache": "2.4.71", "mod_wsgi": "5.0.2-1"}
    cost = {"bytes": 24_900_000, "ready": 3.1, "seconds": 140, "memory": 600_000_000, "when": "2026-05-06"}
    lessons = {"lesson": {"blocks": digests, **cost}, "gone": {"blocks": ["a"], **cost}}
    record = {"lab": "trixie", "versions": versions, "lessons": lessons}
    project.write("snippets/recorded/browser.json", json.dumps(record))


def test_lessons_that_ran_in_a_browser_are_told(project: Project) -> None:
    run(project)
    ran(project, *(block.digest for block in project.blocks() if block.role == "transcript"))
    said = told(project)
    assert "1 block on 1 page came out as shown, on Debian 13.8 for 32-bit processors" in said
    assert "Lesson 1 24.9 MB 3 s 140 s 600 MB 2026-05-06" in said


def test_a_lesson_that_has_changed_since_it_ran_in_a_browser_is_not_told(project: Project) -> None:
    run(project)
    ran(project, "of another text")
    assert "No lesson has been run as it is now." in told(project)


@pytest.mark.parametrize(
    "name",
    [
        "build/snippets/results.json",
        "snippets/recorded/mutants.json",
        "snippets/recorded/browser.json",
        "snippets/recorded/verdicts.json",
        "tests/data/mutants.toml",
    ],
)
def test_the_page_is_read_again_when_a_file_changes_and_no_other_is(project: Project, name: str) -> None:
    run(project)
    project.write("snippets/recorded/mutants.json", json.dumps(RECORD))
    project.write("tests/data/mutants.toml", LEDGER)
    ran(project)
    told(project)
    assert pages_read(project.build("html")) == []
    file = project.place / name
    file.write_text(file.read_text() + "\n" if file.exists() else '{"labs": {}, "pages": {}}')
    assert pages_read(project.build("html")) == ["told"]


def test_what_the_page_tells_is_not_its_own(project: Project) -> None:
    run(project)
    told(project)
    project.build()
    assert {code.page for code in Manifest.load(project.manifest_file()).prose} == {"tutorial/lesson"}


def test_an_unknown_part_is_refused(project: Project) -> None:
    project.write("tutorial/told.rst", "Told\n====\n\n.. tested:: everything\n")
    said = project.build("html", fails=True).stderr
    assert re.search(r'told\.rst:4: .*"everything" unknown; choose from "summary"', said, re.DOTALL)


@pytest.mark.parametrize(
    "name", ["build/snippets/tutorial.json", "snippets/recorded/mutants.json", "snippets/recorded/browser.json"]
)
def test_a_file_that_cannot_be_read_is_told_once(project: Project, name: str) -> None:
    run(project)
    project.write(name, "nonsense")
    said = project.build("html", fails=True).stderr
    assert said.count(name) == 1
    project.build()
