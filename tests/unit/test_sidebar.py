"""The sidebar: the groups of the front page, and which of them is open."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from project import ROOT
from tests.project import Project
from tests.unit.test_inbrowser import LAB, RUN

CONF = f"""
extensions = ["snippets", "faults", "website", "inbrowser"]
html_theme = "furo"
highlight_language = "none"
templates_path = ["{ROOT}/tutorial/_templates"]
inbrowser_try = True
"""
INDEX = """Front
=====

First
-----

.. toctree::
   :class: lessons

   install
   lesson

Second & last
-------------

.. toctree::
   :caption: One

   many

.. toctree::
   :caption: Two

   alone
"""
PAGES = {
    "index": INDEX,
    "install": f"Install\n=======\n\n{RUN}",
    "lesson": f":starts-from: install\n\nLesson\n======\n\n{RUN}",
    "many": "Many\n====\n\n.. toctree::\n\n   many/under\n",
    "many/under": ":sections: apart\n\nUnder\n=====\n\n.. _one:\n\nOne & two\n---------\n\nWhy.\n",
    "alone": "Alone\n=====\n",
    "in-your-browser": ":orphan:\n\nWhat it is\n==========\n",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    place = tmp_path_factory.mktemp("sidebar")
    made = Project(place, {"conf.py": CONF} | {f"tutorial/{name}.rst": text for name, text in PAGES.items()})
    made.write("build/browser-machine/site/lab.json", json.dumps(LAB))
    made.build("html")
    return made


def tree(project: Project, page: str) -> Tag:
    found = BeautifulSoup(project.html(page), "html.parser").select_one("nav.sidebar-tree")
    assert found
    return found


def said(found: Tag, what: str) -> list[str]:
    return [" ".join(it.get_text(" ").split()) for it in found.select(what)]


@pytest.mark.parametrize(
    ("page", "opened"),
    [
        ("index", []),
        ("lesson", ["First"]),
        ("alone", ["Second & last"]),
        ("many/under", ["Second & last"]),
        ("many/under/one", ["Second & last"]),
    ],
)
def test_the_group_of_the_page_is_open_and_no_other(project: Project, page: str, opened: list[str]) -> None:
    found = tree(project, page)
    assert said(found, "summary") == ["First", "Second & last"]
    assert said(found, "[open] > summary") == opened
    assert len(found.select("[aria-current=page]")) == len(opened)


def test_a_page_made_of_a_part_of_another_is_under_that_one(project: Project) -> None:
    (here,) = tree(project, "many/under/one").select(".current-page > a")
    assert here.get_text() == "One & two"
    assert here.find_parent("ul").find_parent("li").a.get_text().strip() == "Under"  # type: ignore[union-attr]


def test_lessons_are_numbered_and_the_parts_of_a_group_have_names(project: Project) -> None:
    found = tree(project, "index")
    assert said(found, "ol a[data-page]") == ["Install", "Lesson ▶"]
    lists = found.select("details ul[aria-labelledby]")
    assert [said(found, f"#{it['aria-labelledby']}") for it in lists] == [["One"], ["Two"]]
    assert found.select('a[href="genindex.html"]')


def test_what_runs_in_the_browser_has_a_mark_on_every_page(project: Project) -> None:
    for page in ("index", "lesson", "alone"):
        assert said(tree(project, page), ".runs") == ["▶"]
        assert "runs in your browser" in said(tree(project, page), ".marks")[0]


def test_without_the_machine_nothing_has_the_mark(tmp_path: Path) -> None:
    plain = Project(tmp_path, {"conf.py": CONF} | {f"tutorial/{name}.rst": text for name, text in PAGES.items()})
    plain.build("html")
    assert not said(tree(plain, "lesson"), ".runs")
    assert "browser" not in " ".join(said(tree(plain, "lesson"), ".marks"))
