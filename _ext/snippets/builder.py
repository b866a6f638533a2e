"""The builder ``snippets``: writes the manifest of a source folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.builders import Builder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util import logging

from snippets.directives import BLOCKS
from snippets.manifest import Block, Manifest, Page

logger = logging.getLogger(__name__)


class SnippetsBuilder(Builder):
    """Write every block that the readers of the real build see to ``OUTDIR/FOLDER.json``.

    It takes the real builder's tags, so that ``only::`` shows and hides the same blocks. Pages
    that have not been read again keep their rows.
    """

    name = "snippets"
    epilog = "The manifest is in %(outdir)s."
    supported_image_types = StandaloneHTMLBuilder.supported_image_types

    def init(self) -> None:
        """Stand in for the builder whose readers the manifest is about."""
        for tag in (self.name, f"builder_{self.name}"):
            self.tags.remove(tag)
        reader = "revealjs" if self.tags.has("slides") else "html"
        for tag in ("html", "format_html", reader, f"builder_{reader}"):
            self.tags.add(tag)
        self.manifest_file = Path(self.outdir, f"{Path(self.srcdir).name}.json")
        self.rows: dict[str, list[Block]] = {}
        self.manifest = Manifest()

    def get_outdated_docs(self) -> Iterator[str]:
        """Yield the pages that were read after the manifest was written, or are not in it."""
        if not self.manifest_file.exists():
            yield from self.env.found_docs
            return
        self.manifest = Manifest.load(self.manifest_file)
        written = self.manifest_file.stat().st_mtime_ns // 1000
        known = {page.page for page in self.manifest.pages}
        for docname in self.env.found_docs:
            if self.env.all_docs.get(docname, written) >= written or self._page(docname).page not in known:
                yield docname

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Return no address: nothing is written for a page."""
        return ""

    def prepare_writing(self, docnames: Set[str]) -> None:
        """Need nothing."""

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Take the blocks of a page as it is shown."""
        self.rows[docname] = [
            Block.from_row(node["snippet"])
            for node in doctree.findall(lambda n: isinstance(n, BLOCKS))
            if isinstance(node, nodes.Element)
        ]

    def finish(self) -> None:
        """Write the manifest, if anything in it has changed."""
        pages, blocks = [], []
        for docname in self._reading_order():
            page = self._page(docname)
            pages.append(page)
            blocks += self.rows.get(docname, self.manifest.of(page.page))
        new = Manifest(tuple(pages), tuple(blocks))
        if new != self.manifest or self.rows:
            new.dump(self.manifest_file)
        logger.info("%d blocks on %d pages", len(blocks), len(pages))

    def _reading_order(self) -> list[str]:
        """Return the pages as the tables of contents order them; any others after these."""
        order: dict[str, None] = {}

        def follow(docname: str) -> None:
            if docname in self.env.found_docs and docname not in order:
                order[docname] = None
                for child in self.env.toctree_includes.get(docname, ()):
                    follow(child)

        for docname in (self.config.root_doc, *sorted(self.env.found_docs)):
            follow(docname)
        return list(order)

    def _page(self, docname: str) -> Page:
        """Describe a page; ``:starts-from: install`` names one of the same folder."""
        folder = Path(self.srcdir).name
        meta: dict[str, Any] = self.env.metadata[docname]
        start = meta.get("starts-from")
        if start and "/" not in start:
            start = f"{folder}/{start}"
        source = Path(self.env.doc2path(docname)).name
        return Page(f"{folder}/{docname}", f"{folder}/{re.sub('[^/]*$', '', docname)}{source}", start)
