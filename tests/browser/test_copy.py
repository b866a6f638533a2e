"""What the copy button gives the reader is what the suite typed or wrote, block by block."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from snippets.manifest import Block, Manifest
from snippets.transcript import INTERRUPT, parse

SITE = Path(__file__).parents[2] / "build/site"
TUTORIAL = Path(__file__).parents[2] / "tutorial"
LESSONS = sorted(path.relative_to(TUTORIAL).with_suffix("").as_posix() for path in TUTORIAL.rglob("*.rst"))


def typed(block: Block) -> str:
    """Return what the suite types, or would if it were checked, or the text it writes."""
    if block.language != "console":
        return block.text.rstrip("\n")
    steps = parse(block.text, own_terminal="terminal" in block.options)
    return "\n".join(step.command for step in steps if step.command not in (None, INTERRUPT))


def copied(page: Page, address: Path) -> list[str]:
    """Press every copy button of a page; return what each has put on the clipboard."""
    page.goto(address.as_uri())
    page.evaluate("addEventListener('copy', it => window.copied = it.target.value, true)")
    found = []
    for button in page.locator("button.copybtn").all():
        page.evaluate("window.copied = null")
        button.click()
        found.append(page.evaluate("window.copied").rstrip("\n"))
    return found


@pytest.mark.parametrize("name", LESSONS)
def test_copy_gives_what_the_suite_typed(page: Page, manifest: Manifest, name: str) -> None:
    expected = [text for block in manifest.of(f"tutorial/{name}") if (text := typed(block))]
    assert copied(page, SITE / f"{name}.html") == expected
