"""The machine in the reader's browser: that it compares as the suite does and, where it is made, what it does."""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Response, Route, expect

from project import ROOT, SITE
from runner.screen import WIDTH, rendered
from snippets.transcript import matches
from tests.browser.seen import SCHEMES, Scheme, complaints, violations
from tools.record.lessons import MADE, PAGES, go, served, start, unlike_the_record

pytestmark = pytest.mark.xdist_group("machine")  # one at a time: it has a time limit, and takes all it can get
SCRIPTS = ROOT / "_ext/inbrowser/static"
LESSON = "first-application"
LINES = ["", "a", "a ", "ab", "...", "a...", "...b", "a...b", "x...y...z", "axbycz", "aab", "$ a"]
SHOWN = re.compile(r"=(\d+) ([\da-f ]+)=")  # what the date and random numbers were
PIECES = [
    *(
        "a",
        "b ",
        "\n",
        "é",
        "...",
        "😀",
        "\t",
        "\r",
        "\r\n",
        "\b",
        "\0",
        "\x1b",
        "[",
        "]",
        "\x07",
        "1",
        "\u202e",
        "x" * (WIDTH - 2),
    ),
    *("\x1b[1m", "\x1b[?2004l", "\x1b[K", "\x1b[2K", "\x1b[3C", "\x1b[D", "\x1b[7G", "\x1b]0;title\x07", "\x1b(B"),
]


@pytest.fixture
def anywhere(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.on("dialog", lambda it: it.accept())  # it asks before something is lost
    yield page
    context.close()


def test_it_compares_as_the_suite_does(anywhere: Page) -> None:
    draw = random.Random(1)

    def some(pieces: list[str], most: int) -> list[str]:
        return [draw.choice(pieces) for _ in range(draw.randrange(most))]

    same = [some(LINES, 5) for _ in range(50)]
    pairs = [(lines, lines) for lines in same] + [(some(LINES, 5), some(LINES, 5)) for _ in range(3000)]
    table = json.loads((ROOT / "tests/data/screen.json").read_text())["both"]
    written = [*(output for output, _ in table), *("".join(some(PIECES, 12)) for _ in range(3000))]
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
    assert said[1][: len(table)] == [lines for _, lines in table]
    assert said[1] == [rendered(text.encode()) for text in written]


# -- The machine, where make browser-machine has made it -----------------------------------------------


@pytest.fixture(scope="module")
def site(site: Path) -> Iterator[str]:
    """Serve the site, if there is a machine for it; each lesson that is known to run there has its button then."""
    if not MADE.exists():
        said = "of the machine in the browser: make browser-machine"
        pytest.fail(f"nothing {said}", pytrace=False) if os.environ.get("CI") else pytest.skip(said)
    if wrong := unlike_the_record(site / PAGES):
        pytest.fail("\n".join(wrong), pytrace=False)
    with served(site) as address:
        yield address


@pytest.fixture
def lesson(anywhere: Page, site: str) -> Page:
    """Open a lesson."""
    anywhere.goto(f"{site}/{LESSON}.html", wait_until="networkidle")
    return anywhere


def screen(page: Page) -> Locator:
    return page.locator(".machine-screen:not([hidden]) .xterm-rows")


def typed(page: Page, line: str) -> None:
    page.locator(".machine-screen:not([hidden]) textarea").press_sequentially(f"{line}\n")


def answer(page: Page, url: str) -> Locator:
    """Send a request with the panel's form; return the place of the answer."""
    page.get_by_label("address").fill(url)
    page.get_by_role("button", name="Send").click()
    return page.locator(".machine-answer")


def changed(page: Page, change: Callable[[dict[str, Any]], None]) -> None:
    """Have the lesson's course come in another form."""

    def route(route: Route) -> None:
        course = json.loads((SITE / PAGES / f"{LESSON}.json").read_text())
        change(course)
        route.fulfill(json=course)

    page.route(re.compile(rf"/pages/{LESSON}[.]json$"), route)


def test_nothing_is_loaded_before_the_button_little_after_and_nothing_is_left(anywhere: Page, site: str) -> None:
    asked: list[Response] = []
    anywhere.on("response", lambda it: asked.append(it))
    anywhere.goto(f"{site}/{LESSON}.html", wait_until="networkidle")
    assert [it.url.split("?")[0].rpartition("/")[2] for it in asked if "inbrowser/" in it.url] == ["page.js"]
    asked.clear()
    start(anywhere)
    assert len(asked) <= 24  # a dozen are the panel's own small scripts
    assert sum(int(it.headers["content-length"]) for it in asked) <= 25_000_000
    anywhere.get_by_role("button", name="Close").click()
    assert not anywhere.locator(".machine, .machine-step").count()
    left = """async () => [sessionStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length,
        document.adoptedStyleSheets.length, document.querySelectorAll("head link[href*=xterm]").length]"""
    assert anywhere.evaluate(left) == [0, 0, 0, 0, 0]
    until = time.monotonic() + 5
    while anywhere.workers and time.monotonic() < until:
        anywhere.wait_for_timeout(50)
    assert not anywhere.workers


def test_a_lesson_runs_by_its_buttons_and_goes_on_from_there(anywhere: Page, site: str) -> None:
    found = complaints(anywhere, (site, "data:", "blob:"))
    anywhere.goto(f"{site}/{LESSON}.html")
    start(anywhere)
    steps = anywhere.locator(".machine-step")
    *blocks, undo = range(steps.count())
    for number in blocks:
        good, said = go(anywhere, number)
        assert good, f"block {number}: {said}"
    came = answer(anywhere, "http://hello.localhost/")
    expect(came).to_contain_text("Hello from", timeout=60_000)
    assert came.inner_text().startswith("HTTP/1.1 200 OK")
    (script,) = [n for n in range(steps.count()) if steps.nth(n).get_by_role("button", name="Write wsgi.py").count()]
    steps.nth(script).get_by_role("button", name="Edit").click()
    editor = steps.nth(script).get_by_role("textbox")
    editor.fill(editor.input_value().replace("Hello from", "Goodbye from"))
    assert go(anywhere, script) == (True, "written, with your changes")
    typed(anywhere, "sudo touch /srv/hello/wsgi.py; echo =$?=")
    expect(screen(anywhere)).to_contain_text("=0=", timeout=30_000)
    expect(answer(anywhere, "http://hello.localhost/")).to_contain_text("Goodbye from", timeout=60_000)
    assert go(anywhere, undo)[0]
    assert not found


def test_what_is_broken_is_refused_and_reset_mends_it(anywhere: Page, lesson: Page) -> None:
    start(lesson)
    steps = lesson.locator(".machine-step")
    site = next(n for n in range(steps.count()) if steps.nth(n).get_by_role("button", name=re.compile("conf,")).count())
    for number in range(site):
        assert go(lesson, number)[0]
    steps.nth(site).get_by_role("button", name="Edit").click()
    editor = steps.nth(site).get_by_role("textbox")
    editor.fill(editor.input_value().replace("WSGIScriptAlias", "WSGIScriptAlais"))
    assert go(lesson, site)[0]
    good, said = go(lesson, site + 1)
    assert not good
    assert "Invalid command 'WSGIScriptAlais'" in said
    assert not violations(lesson)
    lesson.get_by_role("button", name="Reset").click()
    expect(lesson.locator(".machine-status")).to_contain_text("v86", timeout=120_000)
    assert not lesson.locator(".machine-step[data-verdict]").count()
    typed(lesson, "echo =$(ls /srv | wc -l)=")
    expect(screen(lesson)).to_contain_text("=0=", timeout=30_000)


def test_the_machine_reaches_nothing(anywhere: Page, site: str) -> None:
    found: list[str] = []
    anywhere.goto(f"{site}/{LESSON}.html")
    start(anywhere)
    anywhere.on("request", lambda it: found.append(it.url) if not it.url.endswith(".zst") else None)
    # To the emulator this name is a server of the reader's own computer: the one that has this page.
    host = f"{site.rpartition(':')[2]}.external"
    typed(anywhere, f"curl -s -o /dev/null -w '=%{{http_code}}=\\n' -H 'Host: {host}' http://192.168.86.1/robots.txt")
    expect(screen(anywhere)).to_contain_text("=502=", timeout=60_000)
    assert not found


def test_each_start_has_the_time_and_random_numbers_of_its_own(lesson: Page) -> None:
    start(lesson)
    drawn = []
    for again in (False, True):
        if again:
            lesson.get_by_role("button", name="Reset").click()
            expect(lesson.locator(".machine-status")).to_contain_text("v86", timeout=120_000)
        typed(lesson, "echo =$(date +%s) $(od -An -tx4 -N8 /dev/urandom)=")
        expect(screen(lesson)).to_contain_text(SHOWN, timeout=30_000)
        (found,) = SHOWN.findall(screen(lesson).inner_text().replace("\xa0", " "))
        assert abs(int(found[0]) - time.time()) < 60
        drawn.append(found[1])
    assert drawn[0] != drawn[1]


def test_what_does_not_end_is_interrupted_by_hand_and_by_its_limit(anywhere: Page, site: str) -> None:
    def endless(course: dict[str, Any]) -> None:
        steps = [{"command": "sleep 1000", "shown": [], "status": 0, "keeps": False}]
        course["blocks"][0] = {"id": "", "digest": "", "terminal": 1, "limit": 0.5, "steps": steps}

    changed(anywhere, endless)
    anywhere.goto(f"{site}/{LESSON}.html")
    start(anywhere)
    good, said = go(anywhere, 0)
    assert not good
    assert said.startswith("stopped after 3 s")
    typed(anywhere, "echo =$((40 + 2))=; sleep 1000; echo =$((50 + 2))=")
    expect(screen(anywhere)).to_contain_text("=42=", timeout=30_000)
    anywhere.get_by_role("button", name="Interrupt").click()
    typed(anywhere, "echo status $?")
    expect(screen(anywhere)).to_contain_text("status 130", timeout=30_000)
    assert "=52=" not in screen(anywhere).inner_text()


def test_keys_reach_all_of_it(lesson: Page) -> None:
    lesson.get_by_role("button", name="Run this page in your browser").focus()
    lesson.keyboard.press("Enter")
    expect(lesson.locator(".machine-status")).to_contain_text("F6 leaves the terminal", timeout=120_000)
    assert lesson.evaluate("document.activeElement.className") == "xterm-helper-textarea"
    reached = []
    for key in ("F6", "Tab", "F6", *["Tab"] * 6, "F6", "Shift+F6", "Shift+Tab"):
        lesson.keyboard.press(key)
        reached.append(lesson.evaluate("document.activeElement.innerText || document.activeElement.ariaLabel"))
    bar = ["Terminal 1", "Terminal 2", "Interrupt", "Reset", "Beside", "Fold", "Close"]
    assert reached == ["address", "Send", *bar, "Terminal input", "Terminal 1", "size of the panel"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing(anywhere: Page, site: str, scheme: Scheme) -> None:
    anywhere.emulate_media(color_scheme=scheme)
    anywhere.goto(f"{site}/{LESSON}.html")
    start(anywhere)
    expect(answer(anywhere, "http://localhost/")).to_contain_text("Apache2 Debian Default Page", timeout=60_000)
    anywhere.get_by_role("button", name="Edit").first.click()
    assert not violations(anywhere)


# -- What it says where it does not run ------------------------------------------------------------


def old(page: Page) -> None:
    page.add_init_script("delete globalThis.WebAssembly")


def small(page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'deviceMemory', {get: () => 1})")


def full(page: Page) -> None:
    none = "WebAssembly.instantiate = async () => { throw new RangeError('no') };"
    page.route(re.compile("worker.js$"), lambda it: it.fulfill(response=(got := it.fetch()), body=none + got.text()))


def blocked(page: Page) -> None:
    page.route(re.compile(r"[.]bin[.]zst$"), lambda it: it.abort())


def another(page: Page) -> None:
    changed(page, lambda course: course["state"].update(sha256="0" * 64))


def gone(page: Page) -> None:
    page.route(re.compile("panel.js$"), lambda it: it.abort())


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (old, "This browser is too old: the machine needs WebAssembly, workers and style sheets made by scripts."),
        (small, "The machine needs about 1 GB of memory, and this device has too little."),
        (full, "There is not enough memory for the machine. Close other pages and try again."),
        (blocked, "The machine could not be downloaded (Failed to fetch). Try again."),
        (another, "The machine that was downloaded does not belong to this page. Reload the page and try again."),
        (gone, "The program that runs the machine could not be loaded. Are you online?"),
    ],
    ids=lambda it: getattr(it, "__name__", ""),
)
def test_where_it_cannot_run_one_sentence_says_so(
    anywhere: Page, site: str, spoil: Callable[[Page], None], says: str
) -> None:
    spoil(anywhere)
    anywhere.goto(f"{site}/{LESSON}.html")
    anywhere.get_by_role("button", name="Run this page in your browser").click()
    expect(anywhere.locator(".machine-status, .inbrowser [role=status]").filter(has_text=says)).to_be_visible(
        timeout=60_000
    )
    assert anywhere.locator("h1").is_visible()
