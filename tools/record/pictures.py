"""``make record``: the pictures in the README, deck and tutorial as a browser shows them, and the title slide, a card.

Those show the lines under the blocks, so the suite has to have run on every lab.
"""

from __future__ import annotations

from lab import image
from lab.errors import UserError
from project import ROOT
from snippets.results import RESULTS, Results
from tools import cli
from tools.chromium import started

RECORDED = ROOT / "snippets/recorded"
CARD = ROOT / "tutorial/_static/card.png"
#: Picture → what it is of, from the top of the screen.
PICTURES = {
    "deck.png": "slides/index.html#a-complete-example",
    "tutorial.png": "embedded-and-daemon.html#daemon-mode-takes-two-lines",
}
#: Go to a slide, or to a section of a page: without its address, which would be marked as found.
GO = """async anchor => {
    const place = document.getElementById(anchor)
    if (window.Reveal) Reveal.slide(...Object.values(Reveal.getIndices(place)))
    else place.scrollIntoView({behavior: "instant"})
    await document.fonts.ready
}"""


def take() -> None:
    """Take the pictures."""
    with started() as browser:
        context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True, reduced_motion="reduce")
        page = context.new_page()
        for name, place in PICTURES.items():
            address, _, anchor = place.partition("#")
            page.goto(f"file://{ROOT}/build/site/{address}", wait_until="load")
            page.evaluate(GO, anchor)
            page.screenshot(path=RECORDED / name, animations="disabled")
            print(f"written: snippets/recorded/{name}")


def take_card() -> None:
    """Take the picture that others show with a link to the site: the title slide, in the shape they like."""
    with started() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True).new_page()
        page.goto(f"file://{ROOT}/build/site/slides/index.html", wait_until="load")
        page.evaluate("Reveal.configure({controls: false, progress: false, slideNumber: false}); document.fonts.ready")
        page.screenshot(path=CARD, clip={"x": 0, "y": 24, "width": 1280, "height": 672})
        print(f"written: {CARD.relative_to(ROOT)}")


def main() -> int:
    """Take the pictures, if what they show has been run; return the exit status."""
    labs = Results.load(ROOT / RESULTS).labs
    if missing := set(image.LABS) - set(labs):
        raise UserError(f"nothing has run on {', '.join(sorted(missing))}: make snippets-test LAB=all")
    RECORDED.mkdir(exist_ok=True)
    take()
    take_card()
    return 0


if __name__ == "__main__":
    cli.run(main, "tools.record.pictures", ValueError)
