"""The results: what they let a page say, and that no page says anything they do not bear out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from snippets.manifest import Block
from snippets.results import Results
from snippets.verdicts import Verdicts
from tests.project import Project, pages_read

LABS = {
    "bookworm": {"debian": "12", "apache": "2.4.62", "mod_wsgi": "4.9.4", "python": "3.11.2", "image": "lab:1"},
    "trixie": {"debian": "13", "apache": "2.4.68", "mod_wsgi": "5.0.2", "python": "3.13.5", "image": "lab:2"},
}
ON_12 = "Debian 12 · Apache 2.4.62 · mod_wsgi 4.9.4"
ON_13 = "Debian 13 · Apache 2.4.68 · mod_wsgi 5.0.2"
BLOCK = Block("tutorial/one.rst:7", "tutorial/one", "tutorial/one.rst", 7, "apache", "fragment", "Listen 1")

Row = dict[str, Any]


def row(block: Block = BLOCK, lab: str = "trixie", **other: Any) -> Row:
    """Return a row of results: this block has passed on this lab, but for what is said otherwise."""
    passed = {"outcome": "passed", "checked": "run", "seconds": 0.1}
    return {"id": block.id, "page": block.page, "lab": lab, "digest": block.digest} | passed | other


def results(place: Path, rows: Sequence[Row], labs: dict[str, dict[str, str]] = LABS) -> Path:
    """Write results where a project has them."""
    file = place / "build/snippets/results.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    jobs = dict.fromkeys((row["page"], row["lab"]) for row in rows)
    pages = [{"page": page, "lab": lab, "when": "2026-12-02", "key": "k"} for page, lab in jobs]
    file.write_text(json.dumps({"labs": labs, "blocks": rows, "pages": pages}))
    return file


def line(place: Path, *rows: Row, block: Block = BLOCK, labs: dict[str, dict[str, str]] = LABS) -> str | None:
    """Return the line that these results let a page say."""
    results(place, rows, labs)
    return Verdicts.load(place).lines([block])[0]


# -- No more than was done -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("checked", "language", "said"),
    [
        ("run", "apache", f"Ran on {ON_13}"),
        ("run", "console", f"Ran on {ON_13}"),
        ("parsed", "apache", f"Configuration tested on {ON_13}"),
        ("parsed", "python", f"Syntax-checked on {ON_13}"),
        ("written", "apache", None),
        ("", "apache", None),
        ("admired", "apache", None),
    ],
)
def test_the_line_says_what_was_done(tmp_path: Path, checked: str, language: str, said: str | None) -> None:
    block = replace(BLOCK, language=language)
    assert line(tmp_path, row(block, checked=checked), block=block) == said


@pytest.mark.parametrize("outcome", ["not run", "exempt"])
def test_what_did_not_pass_has_no_line(tmp_path: Path, outcome: str) -> None:
    assert line(tmp_path, row(outcome=outcome)) is None
    assert line(tmp_path, row(), row(lab="bookworm", outcome=outcome)) is None
    assert line(tmp_path, row(lab="bookworm", outcome=outcome), row()) is None


def test_what_failed_says_where(tmp_path: Path) -> None:
    assert line(tmp_path, row(outcome="failed")) == f"Failed on {ON_13}"
    assert line(tmp_path, row(), row(lab="bookworm", outcome="failed")) == f"Failed on {ON_12}"
    assert line(tmp_path, row(lab="bookworm", outcome="failed"), row()) == f"Failed on {ON_12}"


def test_an_expected_failure_that_was_config_tested_is_no_more_than_that(tmp_path: Path) -> None:
    block = replace(BLOCK, options={"fails": "Invalid command"})
    assert line(tmp_path, row(block, checked="parsed"), block=block) == f"Configuration tested on {ON_13}"


def test_all_labs_are_named_in_one_order(tmp_path: Path) -> None:
    on_12, on_13 = row(lab="bookworm"), row(lab="trixie")
    assert line(tmp_path, on_12, on_13) == line(tmp_path, on_13, on_12) == f"Ran on {ON_12} and {ON_13}"
    other_way_round = dict(reversed(LABS.items()))
    assert line(tmp_path, on_12, on_13, labs=other_way_round) == f"Ran on {ON_12} and {ON_13}"


def test_two_versions_on_one_system_share_its_name(tmp_path: Path) -> None:
    labs = LABS | {"new": LABS["trixie"] | {"mod_wsgi": "6.1.1"}}
    said = f"Ran on {ON_12} and {ON_13}, 6.1.1"
    assert line(tmp_path, row(lab="new"), row(lab="bookworm"), row(), labs=labs) == said


@pytest.mark.parametrize(
    ("weaker", "said"), [("parsed", f"Configuration tested on {ON_12} and {ON_13}"), ("written", None)]
)
def test_the_least_that_was_done_on_any_lab_is_said(tmp_path: Path, weaker: str, said: str | None) -> None:
    assert line(tmp_path, row(lab="bookworm", checked=weaker), row()) == said
    assert line(tmp_path, row(lab="bookworm"), row(checked=weaker)) == said


@pytest.mark.parametrize(
    "now",
    [
        replace(BLOCK, text="Listen 2"),
        replace(BLOCK, options={"context": "vhost"}),
        replace(BLOCK, path="/etc/apache2/a.conf"),
        replace(BLOCK, page="tutorial/two"),
    ],
    ids=["text", "option", "path", "page"],
)
def test_another_block_has_no_line(tmp_path: Path, now: Block) -> None:
    assert line(tmp_path, row(), block=now) is None


def test_what_was_done_to_an_earlier_text_is_not_counted(tmp_path: Path) -> None:
    assert line(tmp_path, row(), row(lab="bookworm", digest="earlier")) == f"Ran on {ON_13}"


def test_a_block_that_moved_keeps_its_line(tmp_path: Path) -> None:
    assert line(tmp_path, row(), block=replace(BLOCK, id="tutorial/one.rst:8", line=8)) == f"Ran on {ON_13}"


def test_of_blocks_that_are_the_same_each_has_its_own_line(tmp_path: Path) -> None:
    results(tmp_path, [row(checked="parsed"), row(id="tutorial/one.rst:9")])
    two = [BLOCK, replace(BLOCK, id="tutorial/one.rst:19", line=19)]
    assert Verdicts.load(tmp_path).lines(two) == [f"Configuration tested on {ON_13}", f"Ran on {ON_13}"]


def test_of_blocks_that_are_the_same_none_has_a_line_when_one_came_or_went(tmp_path: Path) -> None:
    results(tmp_path, [row(outcome="failed"), row(id="tutorial/one.rst:9")])
    verdicts = Verdicts.load(tmp_path)
    assert verdicts.lines([BLOCK]) == [None]
    assert verdicts.lines([BLOCK] * 3) == [None] * 3


def test_without_results_there_is_no_line(tmp_path: Path) -> None:
    assert Verdicts.load(tmp_path).lines([BLOCK]) == [None]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"labs": {}}',
        '{"labs": [], "blocks": []}',
        '{"labs": {}, "blocks": {}, "labs": 1}',
        '{"labs": {}, "blocks": [1]}',
        '{"labs": {}, "blocks": [{"id": "tutorial/one.rst:7"}]}',
        '{"labs": {"trixie": {"debian": "13"}}, "blocks": [], "pages": []}',
        '{"labs": {}, "blocks": [], "pages": [{"page": "one", "lab": "trixie", "when": "2026-12-02", "key": ""}]}',
        "\x00",
    ],
)
def test_a_file_that_is_no_results_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = results(tmp_path, [])
    file.write_text(text)
    said = rf"{re.escape(str(file))}: not the suite's results \(.*\); delete it, or run make snippets-test"
    with pytest.raises(ValueError, match=said):
        Results.load(file)


# -- On the page ---------------------------------------------------------------------------------

PAGES = {
    "tutorial/index.rst": "Index\n=====\n\n.. toctree::\n\n   one\n   two\n   three\n",
    "tutorial/one.rst": "One\n===\n\n.. code-block:: apache\n   :context: server\n\n   Listen 1\n",
    "tutorial/two.rst": "Two\n===\n\n.. code-block:: console\n\n   $ ls\n",
    "tutorial/three.rst": "Three\n=====\n\n.. code-block:: console\n\n   $ ls -l\n",
}


MARK = '<details class="snippet-verdict"><summary aria-label="{}">✓</summary><p>{}</p></details>'


def lines_shown(html: str) -> list[str]:
    """Return the lines of a page's blocks, those that a mark tells among them."""
    return re.findall(r'class="snippet-verdict[^"]*">(?:<summary.*?</summary><p>)?(.*?)</p>', html)


def test_a_page_is_built_again_when_its_lines_change_and_no_other_is(tmp_path: Path) -> None:
    project = Project(tmp_path, PAGES)
    project.build()
    one, two, three = project.blocks()
    results(tmp_path, [row(one), row(two), row(three)])
    project.build("html")
    assert [lines_shown(project.html(page)) for page in ("one", "two", "three")] == [[f"Ran on {ON_13}"]] * 3

    results(tmp_path, [row(one, checked="parsed"), row(two), row(three, seconds=9)])
    assert pages_read(project.build()) == []  # the manifest is the same
    project.write("tutorial/two.rst", PAGES["tutorial/two.rst"].replace("$ ls", "$ ls -a"))
    assert pages_read(project.build("html")) == ["one", "two"]
    assert lines_shown(project.html("one")) == [f"Configuration tested on {ON_13}"]
    assert lines_shown(project.html("two")) == []
    assert lines_shown(project.html("three")) == [f"Ran on {ON_13}"]


CAPTIONED = """Captions
========

.. code-block:: console
   :caption: A caption

   $ ls

.. code-block:: ini
   :caption: /etc/example.ini
   :name: example

   a = 1

.. container:: any

   .. code-block:: apache
      :fails: Invalid command 'Order'

      Order deny,allow
"""


def test_the_line_stands_under_the_block_and_outside_its_caption(tmp_path: Path) -> None:
    project = Project(tmp_path, {"tutorial/index.rst": CAPTIONED})
    project.build()
    results(tmp_path, [row(block, checked="parsed") for block in project.blocks()])
    project.build("html")
    html = re.sub(r"\s+", " ", project.html("index"))
    captioned_end = "</pre></div> </div> </div> "  # of the block, its colours and its caption
    assert captioned_end + MARK.format("Syntax-checked", f"Syntax-checked on {ON_13}") in html
    assert html.count(captioned_end) == 2
    refused = "<p class=\"snippet-fails\">.*?refuses it: .*?Invalid.*?command.*?'Order'.*?</p> "
    line = re.escape(f'<p class="snippet-verdict">Configuration tested on {ON_13}</p>')
    assert re.search(f"</pre></div> </div> {refused}{line} </div>", html)


def test_results_that_are_corrupt_stop_the_site_and_not_the_manifest(tmp_path: Path) -> None:
    project = Project(tmp_path, PAGES)
    results(tmp_path, []).write_text("{")
    told = project.build("html", fails=True).stderr
    assert re.fullmatch(r"WARNING: \S*/results\.json: not the suite's results .*\n", told)
    project.build()
