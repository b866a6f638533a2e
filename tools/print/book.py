"""``make book``: the tutorial on paper, ``build/book.pdf``, with tags for screen readers, an outline and its links.

The pages of the site follow one another as each names the next. (Sphinx's own ``singlehtml`` has the sections
of all pages share one set of anchors: "Undo it" is on most of them, and links lead to the first.)
"""

from __future__ import annotations

import posixpath
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Page

from project import ROOT, SITE
from tools import cli
from tools.chromium import started

#: Of no use on paper.
LEFT_OUT = (
    ".headerlink, .copybtn, .listing-download, .lesson-start, .lesson-machine, .toctree-wrapper, .page-links, "
    "form, script"
)

PAPER = """
@page { size: A4; margin: 14mm }
html:root { font-size: 9pt }
article + article { break-before: page }
"""


def beside(site: Path, place: Path, name: str, html: str) -> Path:
    """Write a page into a folder of its own that has all else of a site, which stays as it is; return the page.

    :param place: the folder, which is made
    """
    place.mkdir()
    for it in site.iterdir():
        if it.name != name:
            (place / it.name).symlink_to(it)
    (place / name).write_text(html)
    return place / name


def read(path: Path) -> BeautifulSoup:
    """Parse a page."""
    return BeautifulSoup(path.read_text(), "html.parser")


def pages(site: Path) -> list[str]:
    """Return the addresses of the pages within the site, in reading order."""
    found = ["index.html"]
    while follows := read(site / found[-1]).select_one("link[rel=next]"):
        found.append(posixpath.normpath(posixpath.join(posixpath.dirname(found[-1]), str(follows["href"]))))
    return found


def anchor(address: str, fragment: str = "") -> str:
    """Return the anchor in the book of a page, or of a place on it."""
    return f"{address.removesuffix('.html')}--{fragment}".removesuffix("--")


def chapter(site: Path, address: str, within: Sequence[str]) -> Tag:
    """Return a page's text, its anchors and links made those of the book.

    :param within: addresses of the pages of the book; a link to anything else is text
    """
    article = read(site / address).select_one("article")
    if article is None:
        raise ValueError(f"{site / address}: no <article>")
    for it in article.select(LEFT_OUT):
        it.decompose()
    for it in article.select("[id]"):
        it["id"] = anchor(address, str(it["id"]))
    article["id"] = anchor(address)
    folder = posixpath.dirname(address)
    for it in article.select("[src]"):
        it["src"] = posixpath.normpath(posixpath.join(folder, str(it["src"])))
    for it in article.select("a[href]"):
        link = urlsplit(str(it["href"]))
        target = posixpath.normpath(posixpath.join(folder, link.path)) if link.path else address
        if link.scheme:
            continue
        if target in within:
            it["href"] = f"#{anchor(target, link.fragment)}"
        else:
            it.unwrap()
    return article


def bound(site: Path, addresses: Sequence[str]) -> str:
    """Return a page that has the text of all."""
    whole = read(site / "index.html")
    place = whole.select_one("article")
    title = whole.select_one("title")
    if place is None or title is None:
        raise ValueError(f"{site / 'index.html'}: no <article> or no <title>")
    place.replace_with(*(chapter(site, address, addresses) for address in addresses))
    style = whole.new_tag("style")
    style.string = PAPER
    for it in whole.select("meta[http-equiv], script"):
        it.decompose()
    title.insert_after(style)
    return str(whole)


def write_book(page: Page, site: Path, addresses: Sequence[str], target: Path) -> None:
    """Print the pages as one."""
    with tempfile.TemporaryDirectory() as place:
        whole = beside(site, Path(place, "book"), "index.html", bound(site, addresses))
        page.goto(whole.as_uri())
        page.evaluate("document.fonts.ready")
        page.pdf(path=target, prefer_css_page_size=True, print_background=True, tagged=True, outline=True)


def main() -> int:
    """Print the tutorial; return the exit status."""
    addresses = pages(SITE)
    print(f"printing {len(addresses)} pages of the site")
    with started() as browser:
        page = browser.new_context(offline=True, color_scheme="light").new_page()
        write_book(page, SITE, addresses, ROOT / "build/book.pdf")
    print("written: build/book.pdf")
    return 0


if __name__ == "__main__":
    cli.run(main, "tools.print.book")
