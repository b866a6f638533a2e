"""How a page reads: nothing of a listing is cut, nothing lies over it, and tables fit where they stand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.test_site import TRIED, address, faulty

__all__ = ["faulty"]  # a fixture

#: A phone and a desk.
WIDTHS = [390, 1440]

# -- Listings --------------------------------------------------------------------------------------

CUT = """() => [...document.querySelectorAll("article pre")]
    .filter(it => it.scrollWidth > it.clientWidth).map(it => it.textContent.slice(0, 40))"""


def cut(page: Page, url: str, width: int) -> list[str]:
    """Return the listings of a page that are wider than their place."""
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(url)
    return list(page.evaluate(CUT))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", TRIED)
def test_no_listing_is_cut(page: Page, name: str, width: int) -> None:
    assert cut(page, address(name), width) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_listing_that_is_cut_is_found(page: Page, faulty: Callable[[str, str, str], str], width: int) -> None:
    url = faulty("install", "<h2", f'<pre class="literal-block">{"word " * 50}</pre><h2')
    assert cut(page, url, width) == ["word " * 8]


# Where each row of a listing begins: how many letters in, by the element of its line.
BEGINNINGS = """() => [...document.querySelectorAll(".highlight .line")].map(line => {
    const range = document.createRange(), rows = new Map();
    range.selectNodeContents(line);
    for (const {left, bottom, width} of range.getClientRects())
        if (width) rows.set(Math.round(bottom), Math.min(left, rows.get(Math.round(bottom)) ?? Infinity));
    return [...rows.values()].map(it => Math.round(it - line.getBoundingClientRect().left));
}).filter(rows => rows.length > 1)"""


def test_what_goes_on_stands_further_in_than_where_its_line_began(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 740})
    page.goto(address("complete-example"))
    wrapped = page.evaluate(BEGINNINGS)
    assert len(wrapped) > 5
    assert [rows for rows in wrapped if not min(rows[1:]) > rows[0]] == []
