"""What has been published keeps its address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.project import Project
from tools.addresses import there

CONF = 'extensions = ["snippets", "website"]\nhtml_theme = "basic"\nwebsite_moved = "moved.toml"\n'
PAGE = "Index\n=====\n\n.. toctree::\n\n   a\n   sub/b\n\n.. _first:\n\nNew name\n--------\n"
MOVED = """
"old/page.html" = "sub/b.html"
"a.html#gone" = "sub/b.html#second"
"none.html" = "index.html"
"old/parts.html" = "a.html"
"old/parts.html#one" = "sub/b.html#second"
"old/parts.html#two" = "a.html"
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    files = {"tutorial/index.rst": PAGE, "tutorial/a.rst": "A\n=\n", "tutorial/sub/b.rst": "B\n=\n\nSecond\n------\n"}
    return Project(tmp_path, {"conf.py": CONF, "moved.toml": MOVED} | files)


def test_what_is_lost_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<article><section id='new'><p id='id1'></p></section></article>")
    assert {"page.html", "page.html#old", "gone.html"} - set(there(tmp_path)) == {"page.html#old", "gone.html"}
    assert list(there(tmp_path)) == ["page.html", "page.html#new"]


def lost(table: dict[str, str], places: set[str]) -> set[str]:
    """Return where a table leads to, and nothing is."""
    return set(table.values()) - places


def test_an_address_that_leads_nowhere_is_found() -> None:
    table = {"old.html": "a.html", "old.html#b": "a.html#b", "a.html#c": "d.html"}
    assert lost(table, {"a.html"}) == {"a.html#b", "d.html"}


def test_an_address_that_has_moved_leads_on(project: Project) -> None:
    project.build("html")
    assert 'url=../sub/b.html"' in project.html("old/page")
    assert '<p class="moved" id="gone">This has moved: <a href="sub/b.html#second">' in project.html("a")
    assert 'class="moved"' not in project.html("index")


def test_a_page_that_is_gone_leads_each_of_its_sections_on(project: Project) -> None:
    project.build("html")
    page = BeautifulSoup(project.html("old/parts"), "html.parser")
    links = {str(line.get("id", "")): str(line.a["href"]) for line in page.select(".gone, .moved") if line.a}
    assert links == {"": "../a.html", "one": "../sub/b.html#second", "two": "../a.html"}
    assert {"old/parts.html#one", "old/parts.html#two"} <= set(there(project.place / "build/html"))
    assert not page.select("meta[http-equiv=refresh]")  # it would forget which section was asked for


def test_the_script_that_leads_on_is_where_a_section_has_moved(project: Project) -> None:
    project.build("html")
    names = ["a", "index", "old/page", "old/parts", "sub/b"]
    scripts = {name: [*re.findall(r'src="([^"?]*moved[.]js)[?"]', project.html(name))] for name in names}
    assert scripts == {
        "a": ["_static/moved.js"], "index": [], "old/page": [], "old/parts": ["../_static/moved.js"], "sub/b": [],
    }  # fmt: skip
    assert (project.place / "build/html/_static/moved.js").is_file()


def test_a_page_that_a_build_before_has_left_leads_on(project: Project) -> None:
    project.write("moved.toml", "")
    project.build("html")
    (project.place / "tutorial/a.rst").unlink()
    project.write("tutorial/index.rst", PAGE.replace("   a\n", ""))
    project.write("moved.toml", '"a.html" = "sub/b.html"')
    project.build("html")
    assert 'url=sub/b.html"' in project.html("a")


def test_a_label_keeps_an_anchor(project: Project) -> None:
    project.build("html")
    assert 'id="first"' in project.html("index")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('"a.html" = "index.html"', "moved.toml: a.html is there and has not moved"),
        ('"old.html#one" = "index.html"', "moved.toml: old.html is not there, and has not moved"),
        ("a = ", "moved.toml: "),
    ],
)
def test_a_table_that_leads_nobody_on_is_refused(project: Project, table: str, said: str) -> None:
    project.write("moved.toml", table)
    assert said in project.build("html", fails=True).stderr
