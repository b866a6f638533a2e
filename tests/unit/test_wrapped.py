"""Listings whose long lines wrap: an element a line, and the text as it was."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from bs4 import BeautifulSoup
from pygments import highlight
from pygments.lexers import get_lexer_by_name

from website.wrapped import Lines

PYTHON = "def f():\n    if x:\n\n        return 'a < b'\n"


def listing(text: str, language: str, marked: Sequence[int] = ()) -> BeautifulSoup:
    return BeautifulSoup(highlight(text, get_lexer_by_name(language), Lines(hl_lines=marked)), "html.parser")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (PYTHON, "python"),
        ("$ ls\na  b\n\n> c\n", "console"),
        ("<Directory /srv>\n    Options +X\n</Directory>\n", "apache"),
    ],
)
@pytest.mark.parametrize("marked", [[], [2]])
def test_each_line_is_an_element_and_the_text_is_as_it_was(text: str, language: str, marked: list[int]) -> None:
    page = listing(text, language, marked)
    assert page.text.rstrip("\n") == text.rstrip("\n")
    assert [it.text for it in page.select("pre > .line")] == text.splitlines(keepends=True)
    assert [it.text for it in page.select("pre > .line.hll")] == [text.splitlines(keepends=True)[1]] * len(marked)


def test_a_line_is_as_far_in_as_it_begins() -> None:
    deep = "".join(f"{' ' * (4 * n)}x\n" for n in range(9))
    names = [" ".join(it["class"]) for it in listing(deep, "text").select(".line")]
    assert names == ["line", *(f"line line-{min(n, 5)}" for n in range(1, 9))]
