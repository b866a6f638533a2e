"""The builder ``llms``: the tutorial for machines that read, ``llms.txt`` its contents, ``llms-full.txt`` all of it.

https://llmstxt.org has the form of the first. Neither has the lines that say what was run.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.text import TextBuilder

from snippets.builder import reading_order
from website.meta import beginning


class LlmsBuilder(TextBuilder):
    """Write both files beside the pages that the builder ``html`` has written."""

    name = "llms"
    epilog = "llms.txt and llms-full.txt are in %(outdir)s."
    allow_parallel = False  # the texts are kept until the last

    def init(self) -> None:
        """Begin with nothing."""
        super().init()
        self.texts: dict[str, str] = {}
        self.beginnings: dict[str, str] = {}

    def get_outdated_docs(self) -> Iterator[str]:
        """Name every page: they all go into one file."""
        return iter(self.env.found_docs)

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Keep a page as text."""
        for line in [it for it in doctree.findall(nodes.paragraph) if "snippet-verdict" in it["classes"]]:
            line.parent.remove(line)
        visitor = self.create_translator(doctree, self)
        self.current_docname, self.secnumbers = docname, {}
        doctree.walkabout(visitor)
        self.texts[docname] = visitor.body  # type: ignore[attr-defined]
        self.beginnings[docname] = beginning(doctree)

    def finish(self) -> None:
        """Write the files."""
        root, order = self.config.root_doc, reading_order(self.env)
        base = posixpath.join(self.config.html_baseurl, "") if self.config.html_baseurl else ""
        contents = [f"# {self.env.titles[root].astext()}", "", f"> {self.beginnings[root]}", "", "## Pages", ""]
        for docname in order:
            title, said = self.env.titles[docname].astext(), self.beginnings[docname]
            if docname != root:
                contents.append(f"- [{title}]({base}{docname}.html): {said}")
        contents += ["", "## Optional", "", f"- [All pages in one file]({base}llms-full.txt)", ""]
        full = "\n\n".join(f"<{base}{docname}.html>\n\n{self.texts[docname]}" for docname in order)
        Path(self.outdir, "llms.txt").write_text("\n".join(contents))
        Path(self.outdir, "llms-full.txt").write_text(full)


def setup(app: Sphinx) -> None:
    """Add the builder."""
    app.add_builder(LlmsBuilder)
