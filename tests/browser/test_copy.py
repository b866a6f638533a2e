"""What the copy button gives the reader is what the suite typed or wrote, block by block."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from snippets.change import Change
from snippets.manifest import Block, Manifest
from snippets.transcript import INTERRUPT
from tests import built

SITE = built.site()
TUTORIAL = Path(__file__).parents[2] / "tutorial"
LESSONS = sorted(path.relative_to(TUTORIAL).with_suffix("").as_posix() for path in TUTORIAL.rglob("*.rst"))


def typed(block: Block) -> str:
    """Return what the suite types, or would if it were checked, or the text it writes."""
    if block.replaces is not None:  # of a change, the lines that are right
        lines = Change(block.replaces, block.text).lines()
        return "\n".join(line[1:] for line in lines if not line.startswith(("-", "@@"))).rstrip("\n")
    if block.language != "console":
        return block.text.rstrip("\n")
    steps = block.steps()
    return "\n".join(step.command for step in steps if step.command not in (None, INTERRUPT))


#: The buttons of what a page has by itself: the examples of the reference are lines of what others have.
BUTTONS = ":not(.recorded-example) > .highlight > button.copybtn"
# One mouse click a page; the other buttons are pressed without the mouse's way to them, which takes half a minute.
PRESSED = """selector => [...document.querySelectorAll(selector)].map(button => {
    window.copied = null
    button.click()
    return window.copied?.replace(/\\n+$/, "")
})"""


def copied(page: Page, address: Path) -> list[str]:
    """Press every copy button of a page; return what each has put on the clipboard."""
    page.goto(address.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
    page.evaluate("addEventListener('copy', it => window.copied = it.target.value, true)")
    buttons = page.locator(BUTTONS)
    if buttons.count() == 0:
        return []
    buttons.first.click()
    by_mouse = page.evaluate("window.copied").rstrip("\n")
    found = list(page.evaluate(PRESSED, BUTTONS))
    assert found[0] == by_mouse
    return found


@pytest.mark.parametrize("name", LESSONS)
def test_copy_gives_what_the_suite_typed(page: Page, manifest: Manifest, name: str) -> None:
    expected = [text for block in manifest.of(f"tutorial/{name}") if (text := typed(block))]
    found = copied(page, SITE / f"{name}.html")
    if name.startswith("troubleshooting/"):  # read in another order than run
        found, expected = sorted(found), sorted(expected)
    assert found == expected
