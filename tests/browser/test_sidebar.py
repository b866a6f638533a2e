"""The sidebar as a reader sees it: where they are is in sight, what they have done is marked."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests import built
from tests.browser.pages import PAGES
from tools.print.book import beside

SITE = built.site()
#: Those that are in a group. The search and the page for lost addresses are in none.
READ = [name for name in PAGES if name not in ("index", "search")]

IN_SIGHT = """() => {
    const box = document.querySelector(".sidebar-scroll").getBoundingClientRect()
    const all = [...document.querySelectorAll(".sidebar-tree .current-page > a")]
    const seen = all.filter(it => it.checkVisibility()).map(it => it.getBoundingClientRect())
    return seen.length == 1 && seen[0].top >= box.top && seen[0].bottom <= Math.min(box.bottom, innerHeight)
}"""


def out_of_sight(page: Page, site: Path, names: list[str], height: int = 900) -> list[str]:
    """Return the pages on which the sidebar does not show where the reader is."""
    page.set_viewport_size({"width": 1440, "height": height})
    found = []
    for name in names:
        page.goto((site / f"{name}.html").as_uri(), wait_until="commit")
        page.wait_for_load_state("domcontentloaded")
        found += [] if page.evaluate(IN_SIGHT) else [name]
    return found


def test_the_sidebar_shows_where_the_reader_is(page: Page) -> None:
    assert out_of_sight(page, SITE, READ) == []


def test_on_a_low_screen_too(page: Page) -> None:
    assert out_of_sight(page, SITE, ["django", "tested", "genindex"], 400) == []


def test_a_sidebar_that_does_not_scroll_there_is_found(page: Page, tmp_path: Path) -> None:
    html = (SITE / "django.html").read_text().replace("_static/sidebar.js", "_static/none.js")
    site = beside(SITE, tmp_path / "site", "django.html", html).parent
    assert out_of_sight(page, site, ["django"], 400) == ["django"]


def test_the_groups_are_seven_and_have_every_page_once(page: Page) -> None:
    page.goto((SITE / "tested.html").as_uri())
    assert page.locator(".sidebar-tree summary").count() == 7
    found = [it.get_attribute("data-page") for it in page.locator(".sidebar-tree [data-page]").all()]
    assert len(found) == len(set(found))
    above = {name for name in PAGES if "/" not in name} - {"index", "search", "genindex"}
    assert above <= set(found)


def test_the_name_of_the_site_is_on_one_line(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto((SITE / "install.html").as_uri())
    height, line = page.locator(".sidebar-brand-text").evaluate(
        "it => [it.getBoundingClientRect().height, parseFloat(getComputedStyle(it).lineHeight)]"
    )
    assert height < 2 * line
    assert page.locator(".sidebar-brand-text").evaluate("it => it.scrollWidth <= it.clientWidth")


def test_without_javascript_the_groups_unfold(browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False, viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.goto((SITE / "install.html").as_uri())
        link = page.locator(".sidebar-tree a[data-page=django]")
        assert not link.is_visible()
        page.get_by_text("Run it well", exact=True).click()
        assert link.is_visible()
        assert not page.locator("#done").is_visible()


def test_what_was_done_is_marked_until_it_is_forgotten(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto((SITE / "install.html").as_uri())
    assert page.locator(".tick").count() == 0
    assert not page.locator("#done").is_visible()
    page.evaluate("localStorage.setItem('lesson-done:users', '1'); localStorage.setItem('other', '1')")
    page.evaluate("dispatchEvent(new Event('lesson-done'))")
    assert page.locator(".tick").count() == 1  # at once,
    page.reload()
    assert page.locator("a[data-page=users] .tick").is_visible()  # and later
    page.get_by_role("button", name="Forget").click()
    assert page.locator(".tick").count() == 0
    assert not page.locator("#done").is_visible()
    assert page.evaluate("[localStorage.getItem('lesson-done:users'), localStorage.getItem('other')]") == [None, "1"]


@pytest.mark.parametrize("name", ["install", "index"])
def test_a_browser_that_keeps_nothing_has_the_sidebar_too(page: Page, name: str) -> None:
    wrong: list[str] = []
    page.on("pageerror", lambda it: wrong.append(str(it)))
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied') }})")
    page.goto((SITE / f"{name}.html").as_uri())
    assert page.locator(".sidebar-tree summary").count() == 7
    assert [it for it in wrong if "sidebar" in it] == []
