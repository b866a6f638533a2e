"""The pages of the site, and what a reader would trip over on one of them: each is opened once and looked at whole."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route

from tests import built
from tests.browser.seen import Scheme, complaints, violations
from tools.addresses import gone

SITE = built.site()
#: A host that serve() plays.
SERVER = "http://site.invalid/"
#: One of each kind, and those with the widest tables. In CI it is every page.
SAMPLE = [
    "embedded-and-daemon", "genindex", "index", "not-on-debian", "reference/daemon-process-options",
    "reference/what-t-catches", "search", "tested", "which-one",
]  # fmt: skip
PAGES = sorted(
    path.relative_to(SITE).with_suffix("").as_posix()
    for path in SITE.rglob("*.html")
    if path.stem != "404"  # its links start at the root of a server
    and path.relative_to(SITE).parts[0] != "slides"
    and not any(it.startswith("_") for it in path.relative_to(SITE).parts)
    and path.relative_to(SITE).as_posix() not in gone()  # nobody gets to see them but without JavaScript
)
assert set(SAMPLE) <= set(PAGES), "a page of the sample has another name now"
TRIED = PAGES if os.environ.get("CI") else [name for name in PAGES if name in SAMPLE]
#: The narrowest phone, and a desk.
WIDTHS = (360, 1440)
#: The rules of axe that look at colours: they are all that is another in the dark.
COLOURS = ("color-contrast", "link-in-text-block")


def address(name: str) -> str:
    return (SITE / f"{name}.html").as_uri()


def serve(page: Page) -> None:
    """Answer as a static host does, without one."""

    def answer(route: Route) -> None:
        path = SITE / urlsplit(route.request.url).path.lstrip("/")
        there = path.is_file()
        route.fulfill(path=path if there else SITE / "404.html", status=200 if there else 404)

    page.route(f"{SERVER}**", answer)


# What is wrong with how a page is laid out at this width, and what it says twice.
LAYOUT = """() => {
    const all = selector => [...document.querySelectorAll(selector)], begin = it => it.textContent.trim().slice(0, 40);
    const wider = it => it.scrollWidth > it.clientWidth;
    const scrolls = it => /auto|scroll/.test(getComputedStyle(it).overflowX);
    const within = it => { while ((it = it.parentElement).closest("article")) if (scrolls(it)) return true };
    const lies = (over, ...texts) => {
        const box = over?.getBoundingClientRect(), range = document.createRange();
        const covers = it => it.right > box.left && it.left < box.right && it.bottom > box.top && it.top < box.bottom;
        return box && texts.filter(it => it).some(text => {
            const walk = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
            while (walk.nextNode()) {
                range.selectNode(walk.currentNode);
                if (walk.currentNode.data.trim() && [...range.getClientRects()].some(covers)) return true;
            }
        });
    };
    const copied = it => lies(it.querySelector("button.copybtn"), it.querySelector("pre"));
    const marked = it => lies(it, it.parentElement.previousElementSibling, it.parentElement.nextElementSibling);
    const lines = all("details.snippet-verdict > p"), usual = new Set(lines.map(it => it.textContent));
    return Object.entries({
        "is wider than the screen": all("article *").filter(it => it.getBoundingClientRect().right > innerWidth)
            .filter(it => !within(it)),
        "is a listing that is cut": all("article pre").filter(wider),
        "is under the copy button": all("article .highlight").filter(copied),
        "is the mark of a block, over a text": all("details.snippet-verdict > summary").filter(marked),
        "is a table with columns off the screen": all("article .table-wrapper").filter(wider),
        "is seen under its block, though it is usual": lines.filter(it => it.checkVisibility()),
        "is under a block, and usual": usual.size > 1 ? lines : [],
        "is said of a block, and of the page": all("p.snippet-verdict").filter(it => usual.has(it.textContent)),
        "is said of no page": all("h1 ~ .lesson-ran").length != 1 ? lines : []
    }).flatMap(([what, found]) => found.map(it => `${it.tagName} ${what}: ${begin(it)}`));
}"""


def faults(page: Page, url: str) -> list[str]:
    """Open a page on a phone; return what a reader would trip over there or on a desk, and what axe finds."""
    found = complaints(page, ("file:", "data:", SERVER))
    page.emulate_media(reduced_motion="reduce")  # a colour on its way to another has a contrast of its own
    page.set_viewport_size({"width": WIDTHS[0], "height": 740})
    page.goto(url, wait_until="load")
    for width in reversed(WIDTHS):
        page.set_viewport_size({"width": width, "height": 740})
        found += [f"at {width}: {it}" for it in page.evaluate(LAYOUT)]
    schemes: dict[Scheme, tuple[str, ...]] = {"light": (), "dark": COLOURS}
    for scheme, rules in schemes.items():
        page.emulate_media(color_scheme=scheme)
        found += [f"axe, {scheme}: {it['id']}: {it['nodes'][0]['html'][:100]}" for it in violations(page, rules)]
    return found
