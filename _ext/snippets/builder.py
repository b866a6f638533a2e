"""The builder ``snippets``: writes the manifest of a source folder."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

from sphinx.builders.dummy import DummyBuilder
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from snippets.collect import blocks_of, page_of, prose_of
from snippets.manifest import Manifest

logger = logging.getLogger(__name__)


class SnippetsBuilder(DummyBuilder):
    """Write every block that the readers of the real build see to ``OUTDIR/FOLDER.json``.

    It takes the real builder's tags, so that ``only::`` shows and hides the same blocks. All that
    it writes was collected when the pages were read.
    """

    name = "snippets"
    epilog = "The manifest is in %(outdir)s."

    def init(self) -> None:
        """Stand in for the builder whose readers the manifest is about."""
        for tag in (self.name, f"builder_{self.name}"):
            self.tags.remove(tag)
        reader = "revealjs" if self.tags.has("slides") else "html"
        for tag in ("html", "format_html", reader, f"builder_{reader}"):
            self.tags.add(tag)

    def get_outdated_docs(self) -> set[str]:
        """Name no page: nothing is written for one."""
        return set()

    def write_documents(self, docnames: Set[str]) -> None:
        """Write nothing for a page, and so resolve none."""

    def finish(self) -> None:
        """Write the manifest, if anything in it has changed."""
        order = reading_order(self.env)
        pages = tuple(page_of(self.env, docname) for docname in order)
        blocks = tuple(block for docname in order for block in blocks_of(self.env, docname))
        prose = tuple(code for docname in order for code in prose_of(self.env, docname))
        Manifest(pages, blocks, prose).dump(Path(self.outdir, f"{Path(self.srcdir).name}.json"))
        logger.info("%d blocks on %d pages", len(blocks), len(pages))


def reading_order(env: BuildEnvironment) -> list[str]:
    """Return the pages as the tables of contents order them; any others after these."""
    order: dict[str, None] = {}

    def follow(docname: str) -> None:
        if docname in env.found_docs and docname not in order:
            order[docname] = None
            for child in env.toctree_includes.get(docname, ()):
                follow(child)

    for docname in (env.config.root_doc, *sorted(env.found_docs)):
        follow(docname)
    return list(order)
