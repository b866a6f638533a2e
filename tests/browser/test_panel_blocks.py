"""The panel around the machine in the reader's browser: what is run with it, what is lost, what is remembered."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import BrowserContext, Dialog, Page, expect

from project import SITE
from tests.browser.panel import (
    FAILS,
    LACKS,
    PAGE_CAME,
    box,
    button,
    context,
    kept,
    lesson,
    numbered,
    opened,
    site,
    stand_in,
    steps,
)
from tests.browser.seen import complaints, violations
from tests.browser.test_in_browser import LESSON, answer, changed, typed
from tools.record.lessons import PAGES, go

__all__ = ["context", "lesson", "site"]  # fixtures


# -- What is run, and what is not ------------------------------------------------------------------


def test_what_runs_and_for_how_long_is_seen(lesson: Page) -> None:
    def one(course: dict[str, Any]) -> None:
        rows = [{"command": "systemctl reload apache2", "shown": [], "status": 0, "keeps": False, "usual": 20.4}]
        course["blocks"][0] = {"id": "", "digest": "", "terminal": 1, "limit": 10, "steps": rows}

    changed(lesson, one)
    lesson.reload()
    lesson.clock.install()
    stand_in(lesson, "step: () => new Promise(() => {}),")
    steps(lesson).nth(0).get_by_role("button").first.click()
    clocks = lesson.get_by_role("timer")
    expect(clocks).to_have_count(2)  # at the block, and in the panel
    lesson.clock.run_for(12_000)
    for n in range(2):
        expect(clocks.nth(n)).to_have_text("systemctl reload apache2 … 12 s, usually about 20 s")


def test_blocks_out_of_order_say_which_were_not_run(lesson: Page) -> None:
    stand_in(lesson)
    assert go(lesson, 1)[1].endswith("; block 1 has not run yet")
    assert go(lesson, 4)[1].endswith("; blocks 1, 3 and 4 have not run yet")
    assert "not run" not in go(lesson, 0)[1]


def test_run_to_here_runs_what_was_not_run_and_stops_where_it_fails(lesson: Page) -> None:
    stand_in(lesson)
    assert go(lesson, 1)[0]
    lesson.get_by_role("button", name="Run to block 5", exact=True).focus()
    lesson.keyboard.press("Enter")
    expect(steps(lesson).nth(4)).to_have_attribute("data-verdict", "same")
    assert steps(lesson).locator("xpath=self::*[@data-verdict]").count() == 5
    assert not lesson.get_by_role("button", name="Run to block 5", exact=True).is_visible()
    assert lesson.evaluate("document.activeElement.innerText").startswith("5 ")


def test_run_to_here_stops_at_what_fails(lesson: Page) -> None:
    stand_in(lesson, FAILS)
    number = numbered(lesson, "Run,")
    lesson.get_by_role("button", name=f"Run to block {number + 3}", exact=True).click()
    expect(steps(lesson).nth(number)).to_have_attribute("data-verdict", "different")
    assert not steps(lesson).nth(number + 1).get_attribute("data-verdict")


def test_a_file_that_cannot_be_had_is_one_sentence_and_no_null(lesson: Page) -> None:
    stand_in(lesson, f"step: async () => {{ postMessage({{lacks: '{LACKS}'}}); throw new Error('{LACKS}'); }},")
    number = numbered(lesson, "Run,")
    good, said = go(lesson, number)
    assert not good
    assert said.startswith(LACKS)
    expect(lesson.locator(".machine-status")).to_contain_text(f"Block {number + 1}")


def test_what_still_runs_has_no_status(lesson: Page) -> None:
    stand_in(lesson, "step: () => ({good: false, lines: [], status: null, stopped: false}),")
    number = numbered(lesson, "Run,")
    good, said = go(lesson, number)
    assert not good
    assert said.startswith("not as shown so far, and still running")
    assert "null" not in said


# -- Requests --------------------------------------------------------------------------------------


def test_a_request_goes_to_the_lessons_own_host(lesson: Page) -> None:
    stand_in(lesson)
    assert lesson.get_by_label("address").input_value() == "http://hello.localhost/"
    lesson.get_by_role("button", name="Send").click()
    expect(lesson.locator(".machine-answer")).to_contain_text("hello.localhost/")


def test_html_is_a_page_without_scripts_and_text(lesson: Page, site: str) -> None:
    found = complaints(lesson, (site, "data:", "blob:"))
    stand_in(lesson, PAGE_CAME)
    answer(lesson, "http://hello.localhost/")
    frame = lesson.locator(".machine-answer iframe")
    assert frame.get_attribute("sandbox") == ""
    inside = frame.content_frame
    expect(inside.get_by_role("heading", name="Gone")).to_be_visible()
    assert not inside.locator("script, style, [style], [onclick], [src], [href]").count()
    assert not inside.get_by_text("written").count()
    expect(inside.get_by_text("Home a picture")).to_be_visible()
    assert not lesson.locator(".machine-answer pre").is_visible()
    lesson.get_by_role("button", name="Text", exact=True).click()
    expect(lesson.locator(".machine-answer pre")).to_contain_text('<h1 style="color: red" onclick="x()">')
    assert not frame.is_visible()
    assert not violations(lesson)
    assert not found


# -- What would be lost ----------------------------------------------------------------------------


def test_it_asks_before_something_is_lost_and_only_then(lesson: Page) -> None:
    asked: list[str] = []
    accept = [False]

    def dialog(it: Dialog) -> None:
        asked.append(it.message)
        it.accept() if accept[0] else it.dismiss()

    lesson.on("dialog", dialog)
    stand_in(lesson)
    button(lesson, "Reset").click()
    expect(lesson.locator(".machine-status")).to_contain_text("v86")
    assert not asked
    assert go(lesson, 0)[0]
    for name in ("Reset", "Close"):
        button(lesson, name).click()
        assert asked.pop() == f"{name} the machine? You will lose what you did in it."
        assert steps(lesson).nth(0).get_attribute("data-verdict") == "same"
    accept[0] = True
    button(lesson, "Reset").click()
    expect(lesson.locator(".machine-status")).to_contain_text("v86")
    assert asked.pop()
    assert not steps(lesson).nth(0).get_attribute("data-verdict")
    typed(lesson, "date")
    button(lesson, "Close").click()
    assert asked.pop()
    assert not lesson.locator(".machine").count()


def test_leaving_asks_once_something_was_done(lesson: Page) -> None:
    asked: list[str] = []

    def dialog(it: Dialog) -> None:
        asked.append(it.type)
        it.accept()

    lesson.on("dialog", dialog)
    for done in (0, 1):
        stand_in(lesson)
        for number in range(done):
            assert go(lesson, number)[0]
        lesson.reload()
        assert asked == ["beforeunload"] * done


def test_one_tab_has_the_machine(context: BrowserContext, site: str) -> None:
    first, second = stand_in(opened(context, site)), opened(context, site)
    run = second.get_by_role("button", name="Run this page in your browser")
    run.click()
    expect(second.locator(".inbrowser [role=status]")).to_have_text(
        "The machine is already running in another tab, and a second one would need as much memory again. "
        "Close the first one there."
    )
    assert not second.locator(".machine").count()
    button(first, "Close").click()
    stand_in(second)


# -- What is remembered ----------------------------------------------------------------------------


def test_blocks_done_are_remembered_and_forgotten(lesson: Page, context: BrowserContext, site: str) -> None:
    course = json.loads((SITE / PAGES / f"{LESSON}.json").read_text())
    digests = [block["digest"] for block in course["blocks"]]
    stand_in(lesson)
    assert not button(lesson, "Forget what I have done").is_visible()
    *first, last = range(len(digests))
    for number in first:
        assert go(lesson, number)[0]
    assert json.loads(kept(lesson)[f"done:{LESSON}"]) == digests[:-1]
    assert f"lesson-done:{LESSON}" not in kept(lesson)
    lesson.close()
    lesson = stand_in(opened(context, site))
    expect(steps(lesson).nth(0).locator("output")).to_have_text("done before")
    assert not steps(lesson).nth(last).locator("output").inner_text()
    lesson.evaluate("told = 0; addEventListener('lesson-done', () => told++)")
    assert go(lesson, last)[0]
    assert lesson.evaluate("told") == 1
    assert kept(lesson)[f"lesson-done:{LESSON}"] == datetime.now(UTC).date().isoformat()
    assert not violations(lesson)
    button(lesson, "Forget what I have done").focus()
    lesson.keyboard.press("Enter")
    assert not [name for name in kept(lesson) if "done:" in name]
    assert lesson.evaluate("told") == 2
    assert not steps(lesson).nth(0).locator("output").inner_text()
    assert lesson.evaluate("document.activeElement.innerText") == "Terminal 1"


def test_where_a_browser_keeps_nothing_it_works_as_well(lesson: Page) -> None:
    lesson.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no'); }})")
    lesson.reload()
    stand_in(lesson)
    assert go(lesson, 0)[0]
    button(lesson, "Fold").click()
    assert box(lesson)["height"] < 100
