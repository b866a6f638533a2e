"""The diagrams as they are drawn: no text over a border, and enough contrast on a light page and on a dark one."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from project import ROOT
from tools.print.book import beside
from website.csp import META

DIAGRAMS = sorted((ROOT / "snippets/diagrams").glob("*.svg"))
LESSON = "embedded-and-daemon.html"  # that has one
DARK = "invert(0.93) hue-rotate(180deg)"

# What is wrong with a drawing: texts that touch one another, a border or the edge, and pale ones on any of the grounds.
DRAWN_WRONG = """grounds => {
    const found = [], box = it => it.getBoundingClientRect(), edge = box(document.documentElement);
    const within = (a, b) => a.left > b.left && a.right < b.right && a.top > b.top && a.bottom < b.bottom;
    const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
    const texts = [...document.querySelectorAll("text")], shapes = [...document.querySelectorAll("rect")];
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    const luminance = (colour, filter) => {
        canvas.filter = filter;
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
            .map(part => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
            .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
    };
    for (const text of texts) {
        const own = box(text), say = what => found.push(`${text.textContent}: ${what}`);
        if (!within(own, edge)) say("over the edge");
        if (texts.some(it => it != text && !apart(own, box(it)))) say("over another text");
        if (shapes.some(it => !within(own, box(it)) && !apart(own, box(it)))) say("over a border");
        const under = shapes.filter(it => within(own, box(it)) && getComputedStyle(it).fill != "none").at(-1);
        for (const [page, filter] of grounds) {
            const pair = [luminance(getComputedStyle(text).fill, filter),
                under ? luminance(getComputedStyle(under).fill, filter) : luminance(page, "none")];
            const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
            if (ratio < 4.5) say(`contrast ${ratio.toFixed(1)} on ${page}`);
        }
    }
    return found;
}"""
#: The grounds of tutorial and deck, light and dark, and paper, with what is done to a diagram there.
GROUNDS = [("#fffefb", "none"), ("#17191d", DARK), ("#ffffff", "none")]


def drawn_wrong(page: Page, svg: Path) -> list[str]:
    page.goto(svg.as_uri())
    return list(page.evaluate(DRAWN_WRONG, GROUNDS))


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda path: path.stem)
def test_a_diagram_can_be_read_on_every_ground(page: Page, diagram: Path) -> None:
    assert drawn_wrong(page, diagram) == []


FAULTS = {
    "edge: over the edge": '<text x="430" y="20" text-anchor="start">edge</text>',
    "Python: over another text": '<text x="104" y="100">other</text>',
    "broad: over a border": '<text x="184" y="324">broad</text>',
    "pale: contrast": '<text x="220" y="20" fill="#999999">pale</text>',
}


def test_each_kind_of_fault_is_found(page: Page, tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.svg"
    svg = (ROOT / "snippets/diagrams/embedded-and-daemon.svg").read_text()
    faulty.write_text(svg.replace("</svg>", "".join(FAULTS.values()) + "</svg>"))
    found = "\n".join(drawn_wrong(page, faulty))
    assert [fault for fault in FAULTS if fault not in found] == []


def test_a_diagram_that_is_left_as_it_is_on_a_dark_page_is_found(page: Page) -> None:
    page.goto(DIAGRAMS[0].as_uri())
    assert page.evaluate(DRAWN_WRONG, [("#17191d", "none")])


def filters(browser: Browser, lesson: Path) -> dict[tuple[str, str], str]:
    """Return what is done to a diagram, by the system's scheme and the reader's choice."""
    found = {}
    for system in ("light", "dark"):
        with browser.new_context(color_scheme=system, offline=True) as context:
            page = context.new_page()
            page.goto(lesson.as_uri())
            for choice in ("auto", "light", "dark"):
                page.evaluate("choice => document.body.dataset.theme = choice", choice)
                style = "getComputedStyle(document.querySelector('img.diagram')).filter"
                found[system, choice] = str(page.evaluate(style))
    return found


def test_a_diagram_is_dark_where_the_page_is(browser: Browser, site: Path) -> None:
    dark = {("light", "dark"), ("dark", "auto"), ("dark", "dark")}
    assert {state for state, filter_ in filters(browser, site / LESSON).items() if filter_ == DARK} == dark


def test_a_diagram_that_stays_light_is_found(browser: Browser, site: Path, tmp_path: Path) -> None:
    html = META.sub("", (site / LESSON).read_text()).replace('class="diagram', 'style="filter: none" class="diagram')
    assert set(filters(browser, beside(site, tmp_path / "site", LESSON, html)).values()) == {"none"}
