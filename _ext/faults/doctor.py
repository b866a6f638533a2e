"""What the doctor finds, on the site: a line in the sections whose mistake it finds, a table of all, and the file.

A section's line comes from its own blocks: one of them says that the doctor finds what the section is called
(``:doctor:``), and the suite has seen that.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from faults.form import FIX, part
from onefile import NAME, checksum, joined
from snippets.collect import blocks_of

#: The page about it.
PAGE = "ask-the-doctor"
#: How the page heads the levels of its rules.
HEADS = {
    "broken": "Broken: requests fail, or something is open that shouldn't be",
    "not as meant": "Not as meant: the site works, but does something other than the line says",
    "hint": "Hints: right in one case, wrong in another",
}


class Rules(SphinxDirective):
    """``.. doctor:: rules``: everything that the doctor looks for, by level, each with its page."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write the lists."""
        if self.arguments[0] != "rules":
            raise self.error(f"'.. doctor::' shows rules, not {self.arguments[0]}")
        # Only the page that shows them needs the doctor itself. With the command, the table is whole.
        from doctor import command
        from doctor.findings import LEVELS, RULES

        for path in Path(command.__file__).parent.glob("*.py"):
            self.env.note_dependency(str(path))
        lines: list[str] = []
        for level in LEVELS:
            lines += [f".. rubric:: {HEADS[level]}", ""]
            rules = sorted((rule for rule in RULES.values() if rule.level == level), key=lambda rule: rule.title)
            lines += [*(f"- :ref:`{rule.title.replace('<', chr(92) + '<')} <{rule.id}>`" for rule in rules), ""]
        # What they say is said on the pages that they lead to, so the search leaves it out.
        return [nodes.container("", *self.parse_text_to_nodes("\n".join(lines)), classes=["doctor-rules"])]


def named(env: BuildEnvironment, docname: str) -> dict[str, list[str]]:
    """Return what each block of a page says that the doctor finds."""
    return {block.id: block.options.get("doctor", "").split() for block in blocks_of(env, docname)}


def tell(app: Sphinx, docname: str, section: nodes.section, named: Mapping[str, list[str]]) -> None:
    """Put the line into a section whose mistake the doctor finds, on the page that is its own.

    :param named: what the page's blocks say that it finds
    """
    ids = {block.get("snippet_id", "") for block in section.findall(nodes.literal_block)}
    found = {name for id in ids for name in named.get(id, ())}
    fix = next((node for node in section.children if part(node) == FIX), None)
    if fix is not None and found & set(section["ids"]) and PAGE in app.env.found_docs:
        uri = app.builder.get_relative_uri(docname, PAGE)
        link = nodes.reference("", "", nodes.literal("", NAME), refuri=uri, internal=True)
        line = nodes.paragraph("", "", link, nodes.Text(" finds this on your server."), classes=["doctor-finds"])
        section.insert(section.index(fix), line)


def _write(app: Sphinx, error: Exception | None) -> None:
    """Write the file beside the pages, and its digest."""
    if error is not None or not isinstance(app.builder, StandaloneHTMLBuilder) or PAGE not in app.env.found_docs:
        return
    base = app.config.html_baseurl
    program = joined(site=posixpath.join(base, "") if base else "")
    Path(app.outdir, NAME).write_text(program)
    Path(app.outdir, f"{NAME}.sha256").write_text(checksum(program))


def setup(app: Sphinx) -> None:
    """Set up the directive and the rest."""
    app.add_directive("doctor", Rules)
    app.connect("build-finished", _write)
