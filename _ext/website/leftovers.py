"""What earlier builds have left: a site has what a build from nothing would have, and no more.

Sphinx writes what has changed, and removes nothing. Here what is copied anew by each build goes before it, and a page
or a picture that is none any more after it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.builders.html import StandaloneHTMLBuilder

#: What a build adds to; ``csp`` takes out of it what no page has any more.
GROWS = "inline.css"


class Leftovers:
    """What a build writes that is no page of the project: the index, the search, the page for lost addresses."""

    def __init__(self) -> None:
        self.written: set[str] = set()

    def begin(self, app: Sphinx, builder: Builder) -> None:
        """Remove what is about to be copied."""
        if _of_a_site(builder):
            for path in Path(app.outdir, "_static").glob("*"):
                if path.name != GROWS:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            shutil.rmtree(Path(app.outdir, "_downloads"), ignore_errors=True)

    def note(self, app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.Node | None) -> None:
        """Note a page that is written by each build."""
        if doctree is None:
            self.written.add(page)

    def end(self, app: Sphinx, error: Exception | None) -> None:
        """Remove what is none of the project's pages and pictures."""
        if error is not None or not _of_a_site(app.builder):
            return
        site, pages = Path(app.outdir), app.env.found_docs | self.written
        there = {site / app.builder.get_target_uri(page) for page in pages}
        there |= {site / "_images" / name for _, name in app.env.images.values()}
        for path in [*_pages(site), *site.glob("_images/*")]:
            if path not in there:
                path.unlink()
                with suppress(OSError):  # others are in it
                    path.parent.rmdir()
        if not app.config.html_copy_source:
            shutil.rmtree(site / "_sources", ignore_errors=True)


def _of_a_site(builder: Builder) -> bool:
    return isinstance(builder, StandaloneHTMLBuilder) and builder.name in ("html", "revealjs")


def _pages(folder: Path) -> Iterator[Path]:
    """Yield the pages in a folder, and in those within that no other build is in."""
    for path in folder.iterdir():
        if path.is_dir():
            if not path.name.startswith("_") and not (path / ".buildinfo").exists():
                yield from _pages(path)
        elif path.suffix == ".html":
            yield path


def setup(app: Sphinx) -> None:
    """Look before and after; whoever adds pages at the end does so later."""
    left = Leftovers()
    app.connect("write-started", left.begin)
    app.connect("html-page-context", left.note)
    app.connect("build-finished", left.end, priority=300)
