"""Faults: their form, a page for each, and links that lead there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.project import CONF, Project

WHOLE = """
.. _first:

First message
-------------

This is the cause.

.. admonition:: See it happen
   :collapsible: closed

   It breaks.

.. rubric:: Is it this?

The log says so, and :ref:`here <first>` as well.

.. admonition:: Fix

   .. code-block:: text
      :unchecked: a test

      the right line

.. admonition:: See it happen
   :collapsible: closed

   It works.

.. rubric:: Why

For this reason.

.. rubric:: Not it?

:ref:`The second <second>`, or :doc:`another page <index>`.

.. rubric:: Keep it from coming back

Do so.
"""
SECOND = "\n.. _second:\n\nSecond message\n--------------\n\nSee :ref:`the first <first>`.\n"
REST = "\nRead next\n---------\n\nText.\n"
TOP = ":sections: apart\n\nAll of them\n===========\n"
INDEX = "Start\n=====\n\nGo to :ref:`the fault <first>`.\n\n.. toctree::\n\n   all\n"
FAULTS = CONF.replace('"snippets"', '"snippets", "faults"')


def project(place: Path, faults: str) -> Project:
    """Return a project with a page of faults."""
    return Project(place, {"conf.py": FAULTS, "tutorial/index.rst": INDEX, "tutorial/all.rst": TOP + faults + REST})


def headings(html: str) -> list[str]:
    """Return the names of a fault's parts, in the order of the page."""
    return re.findall(
        r"(?:<h\d[^>]*>|admonition-title\">|<summary[^>]*>)(See it happen|Is it this\?|Fix|Why|Not it\?|Keep [a-z ]*)<",
        html,
    )


def test_each_fault_has_a_page_and_its_reader_finds_the_way_out_first(tmp_path: Path) -> None:
    made = project(tmp_path, WHOLE + SECOND)
    made.build("html")
    pages = {path.name for path in (tmp_path / "build/html/all").iterdir()}
    assert pages == {"first.html", "second.html"}, "one a labelled section"
    html = (tmp_path / "build/html/all/first.html").read_text()
    order = ["Is it this?", "Fix", "Why", "See it happen", "Not it?", "Keep it from coming back"]
    assert headings(html) == order
    assert headings((tmp_path / "build/html/all.html").read_text()) == order
    assert html.index("It breaks.") < html.index("It works."), "what shows it is told in the order in which it is run"
    assert re.search(r"<title>First message &#8212;", html)
    assert len(re.findall("<h1>", html)) == 1
    assert 'id="fix"' in html


def test_links_lead_to_a_faults_own_page(tmp_path: Path) -> None:
    made = project(tmp_path, WHOLE + SECOND)
    made.build("html")
    first, second, start = (
        (tmp_path / "build/html" / name).read_text() for name in ("all/first.html", "all/second.html", "index.html")
    )
    assert 'href="all/first.html"' in start
    assert 'href="second.html"' in first
    assert 'href="../index.html"' in first
    assert 'href="first.html"' in second
    for page in (first, second):
        for link in re.findall(r'href="(?!http)([^"#?]+)', page):
            assert (tmp_path / "build/html/all" / link).exists(), link


def test_a_page_that_tells_of_no_faults_has_none(tmp_path: Path) -> None:
    made = Project(
        tmp_path, {"conf.py": FAULTS, "tutorial/index.rst": "One\n===\n\nText.\n" + SECOND.replace("first", "second")}
    )
    made.build("html")
    assert [
        path.name for path in (tmp_path / "build/html").glob("*/*.html") if not path.parent.name.startswith("_")
    ] == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("This is the cause.\n", "", "begin with the cause, in a sentence"),
        (".. rubric:: Why", ".. rubric:: Because", "its parts are See it happen, Is it this?, Fix, Why"),
        (".. rubric:: Not it?\n\n:ref:`The second <second>`, or :doc:`another page <index>`.\n", "", "its parts are"),
        (WHOLE.partition("Fix\n\n   ")[2].partition("\n\n.. adm")[0], "Write it so.", "the fix must be a block"),
        ("closed\n\n   It breaks", "open\n\n   It breaks", "'See it happen' must be ':collapsible: closed'"),
    ],
)  # fmt: skip
def test_a_fault_without_a_part_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in WHOLE
    done = project(tmp_path, WHOLE.replace(old, new, 1) + SECOND).build(fails=True)
    assert re.search(rf"all\.rst:\d+: WARNING: first: {re.escape(told)}", done.stderr), done.stderr
