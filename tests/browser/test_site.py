"""The tutorial as a reader sees it: in a browser, from files, with the network off, under the policy of its pages."""

from __future__ import annotations

import gzip
import os
import posixpath
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as NotInTime

from tests.browser.pages import PAGES, SERVER, SITE, TRIED, address, faults, serve
from tests.browser.seen import moving
from tools.addresses import gone, moved

#: Kilobytes of a page with all it loads, compressed: of half of them at most, and of the heaviest.
TYPICAL, LONGEST = 42, 100


# -- What a reader trips over ----------------------------------------------------------------------


@pytest.mark.parametrize("name", TRIED)
def test_a_page_is_whole_without_a_network_on_a_phone_and_on_a_desk(page: Page, name: str) -> None:
    assert faults(page, address(name)) == []


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (f"<p><nobr>{'wide ' * 50}</nobr></p>", "wider than the screen"),
        ('<img src="https://elsewhere.invalid/x.png" alt="x">', "asks for"),
        ('<img src="none.png" alt="x">', "lacks"),
        ("<script>nothing()</script>", "Content Security Policy"),
        ('<p style="color: red">x</p>', "Content Security Policy"),
        ('<script src="_static/documentation_options.js?again"></script>', "script:"),
        ('<img src="_static/logo.svg">', "axe, light: image-alt"),
        ('<p class="pale">pale</p>', "axe, dark: color-contrast"),
        (f'<pre class="literal-block">{"word " * 50}</pre>', "is a listing that is cut"),
        (f'<div class="table-wrapper"><nobr>{"cell " * 50}</nobr></div>', "is a table with columns off the screen"),
        (
            '<details class="snippet-verdict"><summary></summary><p>Ran.</p></details>'
            '<p class="snippet-verdict">Ran.</p>',
            "is said of a block, and of the page",
        ),
        ('<details class="snippet-verdict"><summary></summary><p>x</p></details>', "is under a block, and usual"),
        ('<details class="snippet-verdict" open><summary></summary><p>x</p></details>', "though it is usual"),
        ('<h1>x</h1><p class="lesson-ran">Ran.</p>', "is said of no page"),
        ('<p><a href="install.html"></a></p>', "link-name"),
        ("<h5>x</h5>", "heading-order"),
    ],
)
def test_each_fault_of_a_page_is_found(
    page: Page, faulty: Callable[[str, str, str], str], now: str, found: str
) -> None:
    url = faulty("install", "<h2", f"{now}<h2")
    page.add_init_script("addEventListener('load', () => document.querySelectorAll('.pale').forEach("
                         "it => it.style.color = 'light-dark(#eee, #333)'))")  # fmt: skip
    assert any(found in fault for fault in faults(page, url))


# -- An address that leads nowhere -------------------------------------------------------------------


def test_a_page_that_is_not_there_says_so_and_looks_for_its_words(page: Page) -> None:
    serve(page)
    found = [it for it in faults(page, f"{SERVER}lost/daemon-process.html") if "status of 404" not in it]
    assert found == []
    assert page.locator("h1").inner_text() == "Page not found"
    assert page.locator("#lost input").input_value() == "daemon process"
    page.locator("#lost button").click()
    page.locator("#search-results li a").first.wait_for()
    assert page.url.startswith(f"{SERVER}search.html?q=daemon")


# -- An address that has moved -----------------------------------------------------------------------


def led_to(page: Page, old: str, new: str, site: str = SITE.as_uri()) -> str:
    """Go to an address that has moved; return where the browser is once it is at the new one, or has had time to be."""
    page.goto(f"{site}/{old}", wait_until="commit")
    with suppress(NotInTime):
        page.wait_for_url(f"{site}/{new}", wait_until="commit", timeout=2000)
    return page.url.removeprefix(f"{site}/")


def test_each_address_that_has_moved_leads_on(page: Page) -> None:
    assert {old: led_to(page, old, new) for old, new in moved().items()} == moved()


MOVED = """<p class="moved" id="old">x <a href="users.html#undo-it">x</a></p>
<script defer src="_static/moved.js"></script>"""


def test_a_section_that_has_moved_leads_on_from_a_page_that_is_there(
    page: Page, faulty: Callable[[str, str, str], str]
) -> None:
    site = posixpath.dirname(faulty("install", "<h2", f"{MOVED}<h2"))
    assert led_to(page, "install.html#old", "users.html#undo-it", site) == "users.html#undo-it"
    assert led_to(page, "install.html", "users.html#undo-it", site) == "install.html"
    assert led_to(page, "install.html#old", "users.html#undo-it", site) == "users.html#undo-it"  # the page is there


def test_an_address_that_leads_nobody_on_is_found(page: Page, faulty: Callable[[str, str, str], str]) -> None:
    site, old = posixpath.split(faulty("users-and-recycling", "_static/moved.js", "_static/none.js"))
    assert led_to(page, f"{old}#undo-it", "users.html#undo-it", site) == f"{old}#undo-it"


@pytest.mark.parametrize("old", sorted(gone() & {it.partition("#")[0] for it in moved() if "#" in it}))
def test_a_page_that_is_gone_shows_where_everything_is_without_javascript(
    page: Page, browser: Browser, old: str
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto(f"{SITE.as_uri()}/{old}")
        links = [str(it.get_attribute("href")) for it in plain.locator("a:visible").all()]
    assert links == [new for it, new in moved().items() if it.partition("#")[0] == old]
    page.route("**/moved.js", lambda it: it.fulfill(body="", content_type="text/javascript"))  # axe is a script
    assert faults(page, f"{SITE.as_uri()}/{old}") == []


# -- Keyboards -------------------------------------------------------------------------------------

# What can be pressed or typed into, and is seen: Tab has to come to each.
REACHABLE = """() => {
    const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), summary, [tabindex='0']")]
        .filter(it => it.checkVisibility({visibilityProperty: true}) && !it.closest("[inert]"));
    all.forEach((it, n) => it.dataset.n = n);
    return all.length;
}"""
# Where Tab has come to: which of these, and what is wrong with that.
FOCUSED = """() => {
    const it = document.activeElement, {right, bottom, width, height} = it.getBoundingClientRect();
    if (it == document.body) return [null, ""];
    const shown = it.matches(".toctree-checkbox") ? it.nextElementSibling : it, style = getComputedStyle(shown);
    const ring = style.outlineStyle != "none" && parseFloat(style.outlineWidth) > 0;
    const seen = right > 0 && bottom > 0 && width > 0 && height > 0;
    const what = `${it.tagName} ${it.className} ${it.textContent.trim().slice(0, 20)}`;
    const wrong = !seen ? "has the focus unseen" : !ring ? "does not show its focus" : "";
    return [it.dataset.n ?? "none", wrong && `${what} ${wrong}`];
}"""


def out_of_reach(page: Page, url: str, width: int) -> list[str]:
    """Go through a page with Tab; return what it does not come to, and what has the focus and does not show it."""
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(url)
    there, reached, found = page.evaluate(REACHABLE), set(), []
    for _ in range(there + 20):
        page.keyboard.press("Tab")
        at, wrong = page.evaluate(FOCUSED)
        if at is None:
            break
        reached.add(at)
        found += [wrong] if wrong else []
    missed = {str(n) for n in range(there)} - reached
    texts = [page.evaluate(f"document.querySelector('[data-n=\"{n}\"]').outerHTML.slice(0, 100)") for n in missed]
    return found + [f"not reached: {it}" for it in texts]


@pytest.mark.parametrize("width", [360, 1400])
@pytest.mark.parametrize("name", ["index", "reloading"])
def test_tab_comes_to_everything_and_shows_where_it_is(page: Page, name: str, width: int) -> None:
    assert out_of_reach(page, address(name), width) == []


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ('<button tabindex="-1">x</button>', "not reached"),
        ('<a href="#x" class="sneaky">x</a>', "unseen"),
        ('<button class="plain">x</button>', "does not show its focus"),
    ],
)
def test_what_a_keyboard_misses_is_found(
    page: Page, faulty: Callable[[str, str, str], str], now: str, found: str
) -> None:
    page.add_init_script("addEventListener('load', () => { const style = new CSSStyleSheet(); style.replaceSync("
                         "'.sneaky { position: fixed; left: -999px } .plain { outline: none !important }');"
                         "document.adoptedStyleSheets = [style] })")  # fmt: skip
    assert any(found in it for it in out_of_reach(page, faulty("reloading", "<h2", f"{now}<h2"), 1400))


# -- Without JavaScript, on paper, with no motion ----------------------------------------------------


def unread_without_javascript(browser: Browser, url: str) -> list[str]:
    """Return what of a page cannot be read or reached without JavaScript."""
    with browser.new_context(java_script_enabled=False, viewport={"width": 1400, "height": 740}) as context:
        page = context.new_page()
        page.goto(url)
        parts = {"text": "article p", "listings": "article pre", "navigation": ".sidebar-tree a", "next": "footer a"}
        return [part for part, there in parts.items() if not page.locator(there).first.is_visible()]


def test_a_page_can_be_read_without_javascript(browser: Browser) -> None:
    assert unread_without_javascript(browser, address("install")) == []


def test_a_page_that_is_blank_without_javascript_is_found(
    browser: Browser, faulty: Callable[[str, str, str], str]
) -> None:
    assert "text" in unread_without_javascript(browser, faulty("install", "<article", "<article hidden"))


PRINTED = """() => [
    ...[".sidebar-drawer", ".toc-drawer", ".mobile-header", ".copybtn"].filter(it => {
        const found = document.querySelector(it);
        return found?.checkVisibility({visibilityProperty: true, opacityProperty: true});
    }),
    ...[getComputedStyle(document.querySelector("article")).color].filter(it => Math.max(...it.match(/\\d+/g)) > 90),
]"""


def printed_badly(page: Page, url: str) -> list[str]:
    """Return what is of no use on paper, and a colour of the text that is made for the dark."""
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(url)
    return list(page.evaluate(PRINTED))


def test_a_page_prints_its_text_dark_and_nothing_else(page: Page) -> None:
    assert printed_badly(page, address("install")) == []


def test_a_page_that_prints_its_navigation_is_found(page: Page, faulty: Callable[[str, str, str], str]) -> None:
    assert printed_badly(page, faulty("install", 'href="_static/site.css', 'href="_static/none.css'))


def still_moving(page: Page, url: str) -> list[str]:
    """Return what moves although nothing should."""
    page.emulate_media(reduced_motion="reduce")
    page.goto(url)
    return moving(page, "*")


def test_nothing_moves_for_who_wants_no_motion(page: Page) -> None:
    assert still_moving(page, address("install")) == []


def test_what_moves_nevertheless_is_found(page: Page, faulty: Callable[[str, str, str], str]) -> None:
    assert still_moving(page, faulty("install", 'href="_static/site.css', 'href="_static/none.css'))


def sheets(page: Page, url: str) -> int:
    """Return how many sheets of paper a page takes."""
    page.goto(url)
    return len(re.findall(rb"/Type /Page\b", page.pdf(prefer_css_page_size=True)))


def test_the_cheat_sheet_is_one_sheet(page: Page) -> None:
    assert sheets(page, address("cheat-sheet")) == 1


def test_a_cheat_sheet_of_two_sheets_is_found(page: Page, faulty: Callable[[str, str, str], str]) -> None:
    assert sheets(page, faulty("cheat-sheet", "</h1>", "</h1>" + "<p>more</p>" * 20)) == 2


# -- Weight ------------------------------------------------------------------------------------------


def weight(path: Path) -> float:
    """Return the kilobytes of a page and of all that it loads, compressed."""
    page = BeautifulSoup(path.read_text(), "html.parser")
    loaded = [
        str(it.get("src") or it.get("href")) for it in page.select("link[rel~=stylesheet], link[rel~=icon], [src]")
    ]
    files = {path, *((path.parent / it.partition("?")[0]).resolve() for it in loaded)}
    return sum(len(gzip.compress(file.read_bytes())) for file in files) / 1000


def test_the_copy_button_is_loaded_where_there_is_something_to_copy() -> None:
    html = {name: (SITE / f"{name}.html").read_text() for name in PAGES}
    has = {name: bool(BeautifulSoup(text, "html.parser").select(".highlight > pre")) for name, text in html.items()}
    loads = {name: {"copybutton.js" in text, "copybutton.css" in text} for name, text in html.items()}
    assert loads == {name: {it} for name, it in has.items()}
    assert {*has.values()} == {True, False}


def test_pages_are_light() -> None:
    weights = sorted((weight(SITE / f"{name}.html"), name) for name in PAGES)
    assert weights[len(weights) // 2] <= (TYPICAL, "")
    assert weights[-1] <= (LONGEST, "")


def test_a_heavy_page_is_found(faulty: Callable[[str, str, str], str]) -> None:
    noise = os.urandom(TYPICAL * 500).hex()
    heavy = Path(unquote(urlsplit(faulty("install", "<h2", f"<p>{noise}</p><h2")).path))
    assert weight(heavy) > TYPICAL
