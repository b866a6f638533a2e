"""The reference in a browser: what a fold hides is a key away, and on paper it hides nothing."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

PAGE = "reference/directives.html"
#: How many links of folds are seen.
SEEN = "() => [...document.querySelectorAll('details.recorded-more a')].filter(it => it.checkVisibility()).length"


def links(page: Page) -> int:
    return page.locator("details.recorded-more a").count()


def test_a_fold_opens_by_keyboard(page: Page, site: Path) -> None:
    page.goto((site / PAGE).as_uri())
    assert (page.evaluate(SEEN), links(page) > 100) == (0, True)
    page.locator("details.recorded-more > summary").first.press("Enter")
    assert page.evaluate(SEEN) == page.locator("details[open].recorded-more a").count() > 0


def test_on_paper_nothing_is_folded(page: Page, site: Path) -> None:
    page.goto((site / PAGE).as_uri())
    page.emulate_media(media="print")
    assert page.evaluate(SEEN) == links(page) > 100
