"""What tests of the panel share: a lesson, and in the machine's place something that answers at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.browser.test_in_browser import LESSON, site
from tools.record.lessons import start

__all__ = ["site"]  # the fixture

WIDTHS = (390, 1024, 1280, 1366, 1440, 1536, 1920)
STAND_IN = """
const calls = {
  press: (terminal, keys) => postMessage({terminal, seen: new TextEncoder().encode(keys)}),
  step: ({shown, status}) => ({good: true, lines: shown, status, stopped: false}),
  ask: (path, host) => `HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\n\\r\\n${host}${path}`,
  OTHERS
};
addEventListener("message", async ({data: {call, id, args}}) => {
  try { postMessage({id, result: await calls[call]?.(...args)}); }
  catch ({message}) { postMessage({id, error: message}); }
});
"""
PAGE_CAME = """ask: () => `HTTP/1.1 404 Not Found\\r\\nContent-Type: text/html; charset=utf-8\\r\\n\\r\\n
  <html lang="en"><title>Gone</title><style>h1 {color: red}</style><h1 style="color: red" onclick="x()">Gone</h1>
  <script>document.write("written")</scr` + `ipt>
  <p><a href="/">Home</a> <img src="/x.png" alt="a picture"></p></html>`,"""
FAILS = "step: () => ({good: false, lines: ['no'], status: 1, stopped: false}),"
LACKS = "The machine needs a file from this site but cannot get it. Are you online?"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


@pytest.fixture
def lesson(context: BrowserContext, site: str) -> Page:
    """Open a lesson."""
    return opened(context, site)


def opened(context: BrowserContext, site: str, name: str = LESSON) -> Page:
    page = context.new_page()
    page.goto(f"{site}/{name}.html")
    return page


def stand_in(page: Page, others: str = "") -> Page:
    """Open the panel with something else in the machine's place; ``others`` are calls that it answers otherwise."""
    page.route(
        re.compile("worker.js$"),
        lambda it: it.fulfill(content_type="text/javascript", body=STAND_IN.replace("OTHERS", others)),
    )
    start(page)
    return page


def button(page: Page, name: str) -> Locator:
    return page.locator(".machine").get_by_role("button", name=name, exact=True)


def steps(page: Page) -> Locator:
    return page.locator(".machine-step")


def numbered(page: Page, name: str) -> int:
    """Return the number, from 0, of the first block with a button of that name."""
    return next(n for n in range(steps(page).count()) if steps(page).nth(n).get_by_role("button", name=name).count())


def kept(page: Page) -> dict[str, str]:
    return dict(page.evaluate("({...localStorage})"))


def contrast(page: Page, place: Locator) -> float:
    """Return the contrast of a text with the page behind it, as WCAG counts it."""
    colours = place.evaluate("it => [getComputedStyle(it).color, getComputedStyle(document.body).backgroundColor]")

    def light(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, bright = sorted(map(light, colours))
    return (bright + 0.05) / (dark + 0.05)


def colour(place: Locator) -> str:
    return str(place.evaluate("it => getComputedStyle(it).color"))


def box(page: Page) -> dict[str, float]:
    found = page.locator(".machine").bounding_box()
    assert found
    return {"x": found["x"], "y": found["y"], "width": found["width"], "height": found["height"]}
