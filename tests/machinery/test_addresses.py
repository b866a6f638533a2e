"""What has been published keeps its address."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.addresses import SITE, published, there
from tests.machinery.project import Project

CONF = 'extensions = ["snippets", "website"]\nhtml_theme = "basic"\nwebsite_moved = "moved.toml"\n'
PAGE = "Index\n=====\n\n.. toctree::\n\n   a\n   sub/b\n\n.. _first:\n\nNew name\n--------\n"
MOVED = '"old/page.html" = "sub/b.html"\n"a.html#gone" = "sub/b.html#second"\n"none.html" = "index.html"\n'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    files = {"tutorial/index.rst": PAGE, "tutorial/a.rst": "A\n=\n", "tutorial/sub/b.rst": "B\n=\n\nSecond\n------\n"}
    return Project(tmp_path, {"conf.py": CONF, "moved.toml": MOVED} | files)


def test_nothing_that_was_published_is_lost() -> None:
    assert published() - set(there(SITE)) == set()


def test_what_is_lost_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<article><section id='new'><p id='id1'></p></section></article>")
    assert {"page.html", "page.html#old", "gone.html"} - set(there(tmp_path)) == {"page.html#old", "gone.html"}
    assert list(there(tmp_path)) == ["page.html", "page.html#new"]


def test_an_address_that_has_moved_leads_on(project: Project) -> None:
    project.build("html")
    assert 'url=../sub/b.html"' in project.html("old/page")
    assert '<p class="moved" id="gone">This has moved: <a href="sub/b.html#second">' in project.html("a")
    assert 'class="moved"' not in project.html("index")


def test_a_label_keeps_an_anchor(project: Project) -> None:
    project.build("html")
    assert 'id="first"' in project.html("index")


@pytest.mark.parametrize(
    ("table", "said"),
    [('"a.html" = "index.html"', "moved.toml: a.html is there and has not moved"), ("a = ", "moved.toml: ")],
)
def test_a_table_that_leads_nobody_on_is_refused(project: Project, table: str, said: str) -> None:
    project.write("moved.toml", table)
    assert said in project.build("html", fails=True).stderr
