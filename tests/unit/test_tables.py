"""Tables on a phone: what has no room brings its headings along, and what has stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from tests.project import Project

CONF = 'extensions = ["snippets", "website"]\nhtml_theme = "basic"\n'
LONG = "a sentence that no phone has room for in a column"


def table(tmp_path: Path, *rows: tuple[str, ...], head: int = 1) -> Tag:
    """Return a list-table as the site has it."""
    written = "\n".join(f"   {'*' if n == 0 else ' '} - {cell}" for row in rows for n, cell in enumerate(row))
    page = f"Index\n=====\n\n.. list-table::\n   :header-rows: {head}\n\n{written}\n"
    project = Project(tmp_path, {"conf.py": CONF, "tutorial/index.rst": page})
    project.build("html")
    found = BeautifulSoup(project.html("index"), "html.parser").table
    assert found
    return found


def said(one: Tag) -> list[tuple[str, str]]:
    """Return the cells of a table, each with the heading that it brings along."""
    return [(str(it.get("data-heading", "")), it.text.strip()) for it in one.select("tbody :is(th, td)")]


def test_a_table_with_no_room_brings_its_headings_along(tmp_path: Path) -> None:
    one = table(tmp_path, ("*You* & I", "Take <it>"), ("have one", LONG), ("have none", ""))
    assert "stacked" in one["class"]
    heads = ("You & I", "Take <it>") * 2
    assert said(one) == [*zip(heads, ("have one", LONG, "have none", ""), strict=True)]
    assert not one.select("thead [data-heading]")


def test_a_table_without_a_head_is_stacked_without_headings(tmp_path: Path) -> None:
    one = table(tmp_path, ("have one", LONG), head=0)
    assert "stacked" in one["class"]
    assert said(one) == [("", "have one"), ("", LONG)]


@pytest.mark.parametrize(
    ("first", "others", "stays"),
    [
        ("a name of a server (Debian 12)", ("1", "0.95", "1.2"), True),
        ("a name of a server that is long", ("1",), False),
        ("a name", ("1.1",) * 12, False),
        ("a name", ("Debian's own pack",), False),
    ],
)
def test_a_table_that_a_phone_has_room_for_stays(
    tmp_path: Path, first: str, others: tuple[str, ...], *, stays: bool
) -> None:
    one = table(tmp_path, ("Server", *("Memory" for _ in others)), (first, *others))
    assert ("stacked" in one["class"]) != stays
    assert bool(one.select("[data-heading]")) != stays
