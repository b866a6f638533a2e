"""What a page says of a block: a mark that tells a line to who asks, and a line that is seen only where it differs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.pages import LAYOUT, WIDTHS, address


def test_the_mark_of_a_block_tells_its_line_to_who_asks(browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False, has_touch=True) as context:
        page = context.new_page()
        page.goto(address("install"))
        first, other = page.locator("details.snippet-verdict").all()[:2]
        line = first.locator("p")
        shown = [line.is_visible()]
        first.locator("summary").hover()
        shown.append(line.is_visible())
        other.locator("summary").hover()
        shown.append(line.is_visible())
        first.locator("summary").focus()
        shown.append(line.is_visible())
        other.locator("summary").focus()
        first.locator("summary").tap()
        page.locator("h1").hover()
        shown.append(line.is_visible())
    assert shown == [False, True, False, True, True]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_mark_of_a_block_covers_no_text(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    for name in ("complete-example", "troubleshooting/500", "reference/what-t-catches"):
        page.goto(address(name))
        assert page.evaluate(LAYOUT) == []


def test_a_mark_that_covers_a_text_is_found(page: Page) -> None:
    inward = "details > summary { inset: -2rem auto auto 1rem !important }"
    page.add_init_script(
        "addEventListener('load', () => { const style = new CSSStyleSheet();"
        f"style.replaceSync('{inward}'); document.adoptedStyleSheets = [style] }})"
    )
    page.goto(address("troubleshooting/500"))
    assert any("is the mark of a block, over a text" in it for it in page.evaluate(LAYOUT))
