"""The panel around the machine in the reader's browser: what is seen of it, and where it is."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.panel import (
    FAILS,
    PAGE_CAME,
    WIDTHS,
    box,
    button,
    colour,
    context,
    contrast,
    lesson,
    numbered,
    site,
    stand_in,
    steps,
)
from tests.browser.seen import SCHEMES, Scheme, violations
from tests.browser.test_in_browser import answer
from tools.record.lessons import go

__all__ = ["context", "lesson", "site"]  # fixtures


# -- What can be seen and pressed ------------------------------------------------------------------


def covered(page: Page) -> list[str]:
    """Return the controls of the panel that something else lies on."""
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll(
                ".machine :is(button, input, [role=separator]), .machine-screen:not([hidden])")].filter(it => {
                const {left, top, width, height} = it.getBoundingClientRect();
                const seen = document.elementFromPoint(left + width / 2, top + height / 2);
                return it.checkVisibility() && !it.contains(seen);
            }).map(it => it.textContent.trim() || it.ariaLabel)"""
        )
    )


def test_nothing_covers_a_control_however_wide_the_window_is(lesson: Page) -> None:
    stand_in(lesson)
    for beside in (False, True):
        if beside:
            button(lesson, "Beside").click()
        for width in WIDTHS:
            lesson.set_viewport_size({"width": width, "height": 800})
            assert not covered(lesson), f"at {width} px"
        lesson.set_viewport_size({"width": 1280, "height": 800})
    sheet = "position: fixed; inset: 0; z-index: 99"
    lesson.evaluate("it => document.body.append(Object.assign(document.createElement('div'), {style: it}))", sheet)
    assert len(covered(lesson)) >= 8


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_went_well_and_what_did_not_have_colours_of_their_own(lesson: Page, scheme: Scheme) -> None:
    lesson.emulate_media(color_scheme=scheme)
    stand_in(lesson, FAILS + PAGE_CAME)
    written, number = numbered(lesson, "Write"), numbered(lesson, "Run,")
    assert go(lesson, written)[0]
    assert not go(lesson, number)[0]
    answer(lesson, "http://hello.localhost/")
    expect(lesson.locator(".machine-code")).to_have_text("HTTP/1.1 404 Not Found")
    good, bad = (steps(lesson).nth(n).locator("output > span") for n in (written, number))
    accent = colour(lesson.locator("h2").first)
    assert len({colour(good), colour(bad), accent}) == 3
    assert colour(lesson.locator(".machine-code")) == colour(bad)
    for place in (good, bad):
        assert contrast(lesson, place) >= 4.5


# -- Where the panel is ----------------------------------------------------------------------------


def test_it_is_dragged_by_pointer_and_by_keys_and_stays_there(lesson: Page) -> None:
    stand_in(lesson)
    grip = lesson.get_by_role("separator", name="size of the panel")
    before = box(lesson)
    at = grip.bounding_box()
    assert at
    lesson.mouse.move(at["x"] + 100, at["y"] + at["height"] / 2)
    lesson.mouse.down()
    lesson.mouse.move(at["x"] + 100, 200)
    lesson.mouse.up()
    assert abs(box(lesson)["y"] - 200) < 8
    lesson.mouse.move(at["x"] + 100, 500)  # it has let go
    assert abs(box(lesson)["y"] - 200) < 8
    grip.focus()
    for key, height in (("ArrowDown", 560), ("ArrowUp", 600), ("Home", 120), ("End", 680)):
        lesson.keyboard.press(key)
        assert abs(box(lesson)["height"] - height) < 8, key
        assert grip.get_attribute("aria-valuenow") == str(round(box(lesson)["height"] / 8))
    assert before["height"] != box(lesson)["height"]
    lesson.reload()
    stand_in(lesson)
    assert abs(box(lesson)["height"] - 680) < 8


def test_it_folds_to_a_line_and_hides_nothing_of_the_page(lesson: Page) -> None:
    stand_in(lesson)
    lesson.keyboard.press("F6")  # out of the terminal
    fold = button(lesson, "Fold")
    fold.focus()
    lesson.keyboard.press("Enter")
    assert fold.get_attribute("aria-expanded") == "false"
    assert box(lesson)["height"] < 100
    assert not lesson.locator(".machine-request").is_visible()
    assert not violations(lesson)
    for _ in range(2):
        lesson.keyboard.press("F6")  # there is one part alone
        assert lesson.evaluate("document.activeElement.innerText") == "Terminal 1"
    lesson.evaluate("scrollTo(0, document.body.scrollHeight)")
    last = lesson.locator("footer").bounding_box()
    assert last
    assert last["y"] + last["height"] <= box(lesson)["y"]
    lesson.reload()
    stand_in(lesson)
    assert box(lesson)["height"] < 100
    fold.click()
    assert box(lesson)["height"] > 300


def test_on_a_wide_window_it_is_beside_the_text_if_the_reader_likes(lesson: Page) -> None:
    stand_in(lesson)
    button(lesson, "Beside").click()
    for width in (1200, 1440, 1920):
        lesson.set_viewport_size({"width": width, "height": 800})
        panel, text = box(lesson), lesson.locator("article").bounding_box()
        assert text
        assert panel["height"] == 800
        assert text["x"] >= 0
        assert text["x"] + text["width"] <= panel["x"], width
        assert text["width"] >= 480
        assert lesson.evaluate("document.documentElement.scrollWidth <= innerWidth")
    grip = lesson.get_by_role("separator")
    assert grip.get_attribute("aria-orientation") == "vertical"
    before = box(lesson)["width"]
    grip.focus()
    lesson.keyboard.press("ArrowLeft")
    assert box(lesson)["width"] > before
    assert not violations(lesson)
    lesson.set_viewport_size({"width": 1199, "height": 800})
    assert box(lesson)["width"] == 1199
    assert not button(lesson, "Beside").is_visible()
