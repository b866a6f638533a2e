"""The tutorial as one PDF: every link in it leads somewhere in it, and each page is in its outline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Page

from tests import built
from tools.print import book

SITE = built.site()
ADDRESSES = ["index.html", "complete-example.html", "troubleshooting/index.html"]


def lost(html: str) -> list[str]:
    """Return the links of a book that lead nowhere in it, and anchors that it has twice."""
    whole = BeautifulSoup(html, "html.parser")
    ids = [str(it["id"]) for it in whole.select("article, article [id]")]
    links = [str(it["href"]) for it in whole.select("article a[href]")]
    return [it for it in links if not it.startswith("http") and it[1:] not in ids] + [
        it for it in ids if ids.count(it) > 1
    ]


def test_every_page_of_the_tutorial_is_in_the_book() -> None:
    sources = SITE.parents[1] / "tutorial"
    there = {path.relative_to(sources).with_suffix(".html").as_posix() for path in sources.rglob("*.rst")}
    found = book.pages(SITE)
    assert len(found) == len(set(found))
    assert there <= set(found)


def test_links_lead_from_page_to_page_of_the_book() -> None:
    html = book.bound(SITE, ADDRESSES)
    assert lost(html) == []
    assert 'href="#complete-example"' in html
    assert "servers.html" not in html.partition("<article")[2].rpartition("</article>")[0]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('href="#complete-example"', 'href="#complete-exmaple"'),
        ('id="complete-example--undo-it"', 'id="complete-example"'),
    ],
)
def test_a_link_that_leads_nowhere_is_found(was: str, now: str) -> None:
    html = book.bound(SITE, ADDRESSES)
    assert was in html
    assert lost(html.replace(was, now, 1))


def test_the_book_is_printed_with_outline_tags_and_links(page: Page, tmp_path: Path) -> None:
    before = {*SITE.iterdir()}
    book.write_book(page, SITE, ADDRESSES, tmp_path / "book.pdf")
    pdf = (tmp_path / "book.pdf").read_bytes()
    assert b"/MarkInfo" in pdf and b"/StructTreeRoot" in pdf
    assert len(re.findall(rb"/Title ", pdf)) > len(ADDRESSES)
    links = BeautifulSoup(book.bound(SITE, ADDRESSES), "html.parser").select("article a[href]")
    assert len(re.findall(rb"/Subtype /Link", pdf)) >= len(links) > 0
    assert {*SITE.iterdir()} == before
