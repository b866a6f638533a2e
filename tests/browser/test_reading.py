"""How a page reads: nothing of a listing is cut, nothing lies over it, and tables fit where they stand."""

from __future__ import annotations

import gzip
from statistics import median
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route

from tests.browser.pages import PAGES, SERVER, SITE, WIDTHS, address, faults, serve

# -- Listings --------------------------------------------------------------------------------------

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


def test_a_text_that_is_covered_is_found(page: Page) -> None:
    """As all long first lines were before there was room for the button."""
    roomless = ".highlight > pre::before { display: none !important }"
    page.add_init_script(
        "addEventListener('load', () => { const style = new CSSStyleSheet();"
        f"style.replaceSync('{roomless}'); document.adoptedStyleSheets = [style] }})"
    )
    assert any("is under the copy button" in it for it in faults(page, address("troubleshooting/500")))


# -- Getting there -----------------------------------------------------------------------------------

# How far the place that an address names is from where it comes to stand, as soon as it can be seen.
LANDED = """() => new Promise(done => requestAnimationFrame(() =>
    done(Math.round(document.querySelector(":target").getBoundingClientRect().top / innerHeight))))"""


def landed(page: Page) -> int:
    """Follow a link to a place far down the page; return how many screens it is away then."""
    page.goto(address("troubleshooting/500"))
    page.evaluate("[...document.querySelectorAll('.toc-tree a')].at(10).click()")
    return int(page.evaluate(LANDED))


def test_a_place_on_a_page_is_there_at_once(page: Page) -> None:
    assert landed(page) == 0


def test_a_place_that_takes_its_time_is_found(page: Page) -> None:
    page.add_init_script("addEventListener('load', () => document.documentElement.style.scrollBehavior = 'smooth')")
    assert landed(page) > 0


@pytest.mark.parametrize("width", [390, 1024, 1440, 1600])
def test_the_way_back_to_the_top_is_not_over_the_text(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(address("troubleshooting/500"))
    page.evaluate("document.documentElement.classList.add('show-back-to-top')")
    box = page.locator(".back-to-top").bounding_box()
    text = page.locator("article").bounding_box()
    assert text and (box is None) == (width < 1552)
    assert box is None or box["x"] > text["x"] + text["width"]


# -- Tables ----------------------------------------------------------------------------------------


def test_a_column_that_is_off_the_screen_is_found(page: Page) -> None:
    """As all were before the rows of a table became blocks."""
    page.add_init_script("addEventListener('load', () => document.querySelectorAll('.stacked').forEach("
                         "it => it.classList.remove('stacked')))")  # fmt: skip
    assert any("columns off the screen" in it for it in faults(page, address("tested")))


def test_a_cell_is_under_its_heading_on_a_phone_and_in_its_column_on_a_desk(page: Page) -> None:
    label = "getComputedStyle(document.querySelector('.stacked tbody tr td:last-child'), '::before').content"
    said = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        page.goto(address("which-one"))
        said[width] = (page.evaluate(label), page.locator(".stacked thead").first.is_visible())
    assert said == {360: ('"Shown in"', False), 1440: ("none", True)}


# -- Prose -----------------------------------------------------------------------------------------

# How many letters are in each line of the paragraphs that is full.
LETTERS = """() => [...document.querySelectorAll("article section > p:not([class])")].flatMap(paragraph => {
    const texts = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT), range = document.createRange();
    let lines = [], last = -Infinity;
    while (texts.nextNode()) for (let n = 0; n < texts.currentNode.length; n++) {
        range.setStart(texts.currentNode, n);
        range.setEnd(texts.currentNode, n + 1);
        const box = range.getClientRects()[0];
        if (!box) continue;
        if (box.bottom > last + 12) lines.push(0);
        last = Math.max(last, box.bottom);
        lines[lines.length - 1]++;
    }
    return lines.slice(0, -1);
})"""


def letters(page: Page, width: int) -> float:
    """Return the median of the letters in a full line."""
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(address("process-groups"))
    page.evaluate("document.fonts.ready")
    return float(median(page.evaluate(LETTERS)))


@pytest.mark.parametrize("width", [1024, 1280, 1440, 1920])
def test_a_line_of_prose_has_about_seventy_letters(page: Page, width: int) -> None:
    assert 65 <= letters(page, width) <= 75


def test_a_line_that_is_too_long_is_found(page: Page) -> None:
    """As all were in the system's font, across the whole column."""
    page.add_init_script(
        "addEventListener('load', () => { const style = new CSSStyleSheet();"
        "style.replaceSync('article p { max-width: none !important }'); document.adoptedStyleSheets = [style] })"
    )
    assert letters(page, 1440) > 75


def moved_by_the_font(page: Page, was: str = "", now: str = "") -> float:
    """Load a page whose font comes once the page can be read; return how much that moves, as browsers count it.

    :param was: what is another in the style sheet
    """
    serve(page)
    late: list[Route] = []
    page.route("**/*.woff2", lambda it: late.append(it))
    if was:
        css = (SITE / "_static/site.css").read_text()
        assert was in css
        page.route("**/site.css*", lambda it: it.fulfill(body=css.replace(was, now), content_type="text/css"))
    page.goto(f"{SERVER}process-groups.html", wait_until="domcontentloaded")
    page.evaluate("""() => {
        window.moved = 0;
        new PerformanceObserver(list => list.getEntries().forEach(it => moved += it.value))
            .observe({type: "layout-shift", buffered: true});
        return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    }""")
    assert late
    for route in late:
        route.fulfill(path=SITE / urlsplit(route.request.url).path.lstrip("/"))
    page.evaluate("document.fonts.ready.then(() => new Promise(done =>"
                  "requestAnimationFrame(() => requestAnimationFrame(done))))")  # fmt: skip
    return float(page.evaluate("moved"))


def test_the_font_moves_nothing_when_it_comes(page: Page) -> None:
    assert moved_by_the_font(page) < 0.01


def test_a_stand_in_of_another_width_is_found(page: Page) -> None:
    assert moved_by_the_font(page, "size-adjust: 82%", "size-adjust: 130%") >= 0.01


def test_a_page_and_its_font_are_light() -> None:
    html = {name: len(gzip.compress((SITE / f"{name}.html").read_bytes())) for name in PAGES}
    assert max(html.values()) <= 42_000
    assert sum(it.stat().st_size for it in (SITE / "_static/fonts").glob("*.woff2")) <= 120_000
