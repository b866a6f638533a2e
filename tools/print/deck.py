"""``make pdf``: the deck on paper, ``build/slides.pdf`` with a page a slide and ``build/handout.pdf`` with the notes.

Both have tags for screen readers, an outline and links that work.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from project import ROOT, SITE
from tools import cli
from tools.chromium import started

DECK = SITE / "slides/index.html"
#: File → how Reveal.js is asked to print, and what is done with its pages then.
PAPERS = {
    "slides.pdf": ("view=print", ""),
    "handout.pdf": (
        "view=print&showNotes=separate-page",
        # The notes go below their slide, on sheets of the shape of A4.
        """for (const notes of document.querySelectorAll(".speaker-notes-pdf"))
            notes.previousElementSibling.append(notes)
        const sheet = new CSSStyleSheet()
        sheet.replaceSync("@page { size: 1280px 1810px } .reveal .pdf-page { height: 1800px !important }")
        document.adoptedStyleSheets.push(sheet)""",
    ),
}


def write_page(page: Page, deck: Path, name: str, target: Path) -> None:
    """Print a deck, as one of ``PAPERS``."""
    how, then = PAPERS[name]
    page.goto(f"{deck.as_uri()}?{how}")
    page.wait_for_selector(".pdf-page section")
    page.evaluate(f"() => {{ {then} }}")
    page.evaluate("document.fonts.ready")
    page.pdf(path=target, prefer_css_page_size=True, print_background=True, tagged=True, outline=True)


def main() -> int:
    """Print the deck; return the exit status."""
    with started() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True).new_page()
        for name in PAPERS:
            write_page(page, DECK, name, ROOT / "build" / name)
            print(f"written: build/{name}")
    return 0


if __name__ == "__main__":
    cli.run(main, "tools.print.deck")
