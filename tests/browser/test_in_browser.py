"""The machine in the reader's browser: that it compares as the suite does and, where it is made, what it does."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from lab.blocks import rendered
from snippets.transcript import matches
from tests.browser.seen import complaints, violations
from tests.in_browser import PAGES, ROOT, SITE, go, served, start

SCRIPTS = ROOT / "_ext/inbrowser/static"
LESSON = "embedded-and-daemon"
LINES = ["", "a", "a ", "ab", "...", "a...", "...b", "a...b", "x...y...z", "axbycz", "aab", "$ a"]
TEXT = ["a", "b ", "\n", "é", "..."]
PIECES = ([*TEXT, "\t"], [*TEXT, "\r\n", "\x1b[1m", "\x1b[0m", "\x1b[?2004l"])  # of a page's outputs none has both


@pytest.fixture
def anywhere(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


def test_it_compares_as_the_suite_does(anywhere: Page) -> None:
    draw = random.Random(1)

    def some(pieces: list[str], most: int) -> list[str]:
        return [draw.choice(pieces) for _ in range(draw.randrange(most))]

    same = [some(LINES, 5) for _ in range(50)]
    pairs = [(lines, lines) for lines in same] + [(some(LINES, 5), some(LINES, 5)) for _ in range(3000)]
    written = ["".join(some(pieces, 9)) for pieces in PIECES for _ in range(500)]
    with served(SCRIPTS) as address:
        anywhere.goto(f"{address}/inbrowser.css")
        said = anywhere.evaluate(
            """async ({pairs, written}) => {
                const {matches, rendered} = await import("/inbrowser/compare.js");
                return [pairs.map(([shown, came]) => matches(shown, came)), written.map(rendered)];
            }""",
            {"pairs": pairs, "written": written},
        )
    expected = [matches(shown, came) for shown, came in pairs]
    assert 100 < sum(expected) < len(expected) - 100  # both happen
    assert said[0] == expected
    assert said[1] == [rendered(text.encode()) for text in written]


# -- The machine, where make browser-lab has made it -----------------------------------------------


@pytest.fixture
def lesson() -> Iterator[str]:
    if not (SITE / PAGES / f"{LESSON}.json").exists():
        pytest.skip("make browser-lab has not made the machine")
    with served(SITE) as address:
        yield f"{address}/{LESSON}.html"


def test_nothing_is_loaded_before_the_button_and_little_after(anywhere: Page, lesson: str) -> None:
    asked: list[str] = []
    sizes: list[int] = []
    anywhere.on("request", lambda it: asked.append(it.url))
    anywhere.on("response", lambda it: sizes.append(int(it.headers.get("content-length", 0))))
    anywhere.goto(lesson)
    anywhere.wait_for_load_state("networkidle")
    assert not [url for url in asked if "inbrowser/" in url and not url.split("?")[0].endswith("page.js")]
    page, weight = len(asked), sum(sizes)
    start(anywhere, lesson)  # which opens the page once more
    assert len(asked) - 2 * page <= 12
    assert sum(sizes) - 2 * weight <= 25_000_000


def test_it_is_driven_by_its_buttons_and_can_be_broken(anywhere: Page, lesson: str) -> None:
    found = complaints(anywhere, (lesson.rpartition("/")[0], "data:", "blob:"))
    start(anywhere, lesson)
    assert not violations(anywhere)
    assert go(anywhere, 0)[0]
    steps = anywhere.locator(".machine-step")
    sites = [n for n in range(steps.count()) if "conf" in steps.nth(n).locator("button").first.inner_text()]
    site = steps.nth(sites[0])
    site.get_by_role("button", name="Edit").click()
    editor = site.get_by_role("textbox")
    editor.fill(editor.input_value().replace("WSGIScriptAlias", "WSGIScriptAlais"))
    for number in range(1, sites[0] + 1):
        assert go(anywhere, number)[0]
    good, said = go(anywhere, sites[0] + 1)
    assert not good
    assert "Invalid command 'WSGIScriptAlais'" in said
    anywhere.get_by_role("button", name="Reset").click()
    expect(anywhere.locator(".machine-status")).to_contain_text("v86", timeout=120_000)
    assert go(anywhere, 0)[0]
    assert not found


def test_a_request_of_the_pages_is_answered_by_its_apache(anywhere: Page, lesson: str) -> None:
    start(anywhere, lesson)
    anywhere.get_by_label("address").fill("http://localhost/")
    anywhere.get_by_role("button", name="Send").click()
    expect(anywhere.locator(".machine-answer")).to_contain_text("HTTP/1.1 200 OK", timeout=60_000)
    expect(anywhere.locator(".machine-answer")).to_contain_text("Apache2 Debian Default Page")


def test_what_cannot_be_loaded_is_said_in_a_sentence(anywhere: Page, lesson: str) -> None:
    anywhere.route(re.compile(r"[.]bin[.]zst$"), lambda route: route.abort())
    anywhere.goto(lesson)
    anywhere.get_by_role("button", name="Run this page in your browser").click()
    expect(anywhere.locator(".machine-status")).to_contain_text("could not be downloaded", timeout=60_000)
