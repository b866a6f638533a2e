"""The tutorial as a reader sees it: in a browser, from files, with the network off."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

SITE = Path(__file__).parents[2] / "build/site"
PAGES = [
    "index.html",
    "install.html",
    "first-application.html",
    "reference/directives.html",
    "reference/daemon-process-options.html",
    "reference/what-t-catches.html",
    "reference/glossary.html",
    "genindex.html",
]


# What sticks out of the screen and is not in something that scrolls by itself, as listings do.
TOO_WIDE = """() => [...document.querySelectorAll("article *")]
    .filter(it => it.getBoundingClientRect().right > innerWidth)
    .filter(it => {
        while ((it = it.parentElement).closest("article"))
            if (/auto|scroll/.test(getComputedStyle(it).overflowX)) return false;
        return true;
    })
    .map(it => `${it.tagName} is wider than the screen: ${it.textContent.slice(0, 40)}`)"""


def faults(page: Page, address: Path) -> list[str]:
    """Open a page on a phone's width; return what a reader would trip over."""
    found: list[str] = []
    page.on(
        "request",
        lambda r: None if r.url.startswith(("file:", "data:")) else found.append(f"asks for {r.url}"),
    )
    page.on("console", lambda m: found.append(f"console: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda e: found.append(f"script: {e}"))
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address.as_uri(), wait_until="load")
    return found + list(page.evaluate(TOO_WIDE))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_without_a_network_and_on_a_phone(page: Page, name: str) -> None:
    assert faults(page, SITE / name) == []


def too_wide(html: str) -> str:
    return html.replace("<h1", '<div style="width: 500px">x</div><h1', 1)


def from_elsewhere(html: str) -> str:
    return html.replace("<h1", '<img src="https://elsewhere.invalid/x.png" alt="x"><h1', 1)


def broken_script(html: str) -> str:
    return html.replace("<h1", "<script>nothing()</script><h1", 1)


@pytest.mark.parametrize(
    ("plant", "found"), [(too_wide, "wider than the screen"), (from_elsewhere, "asks for"), (broken_script, "script:")]
)
def test_each_fault_of_a_page_is_found(page: Page, plant: Callable[[str], str], found: str) -> None:
    faulty = SITE / "faulty.html"
    faulty.write_text(plant((SITE / "install.html").read_text()))
    try:
        assert any(found in fault for fault in faults(page, faulty))
    finally:
        faulty.unlink()


def sheets(page: Page, address: Path) -> int:
    """Return how many sheets of paper a page takes."""
    page.goto(address.as_uri())
    return len(re.findall(rb"/Type /Page\b", page.pdf(prefer_css_page_size=True)))


def test_the_cheat_sheet_is_one_sheet(page: Page) -> None:
    assert sheets(page, SITE / "cheat-sheet.html") == 1


def test_a_cheat_sheet_of_two_sheets_is_found(page: Page) -> None:
    faulty = SITE / "faulty.html"
    faulty.write_text((SITE / "cheat-sheet.html").read_text().replace("</h1>", "</h1>" + "<p>more</p>" * 20, 1))
    try:
        assert sheets(page, faulty) == 2
    finally:
        faulty.unlink()
