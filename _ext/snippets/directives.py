"""Directives that remember where the content of a block begins.

A node's own line is the directive's, or in nested places nobody's. Each class here leaves a
``snippet`` attribute on the block: the file and line of its first content line, and what the page
says about it. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.parsers.rst.directives.body import ParsedLiteral
from docutils.parsers.rst.directives.misc import Raw
from sphinx.directives.code import CodeBlock, LiteralInclude, LiteralIncludeReader
from sphinx.directives.patches import Code

from snippets.options import SPEC

BLOCKS = (nodes.literal_block, nodes.doctest_block, nodes.raw)


def _mark(made: Iterable[nodes.Node], source: str, line: int, **more: Any) -> None:
    """Leave the place on the blocks that a directive made; a caption stands around its block."""
    for node in made:
        for block in node.findall(lambda n: isinstance(n, BLOCKS)):
            assert isinstance(block, nodes.Element)
            block["snippet"] = {"source": source, "line": line, **more}


def _options(directive: Directive) -> dict[str, str]:
    return {name: value for name, value in directive.options.items() if name in SPEC}


class CheckedCodeBlock(CodeBlock):
    """``code-block`` with the options that say how it is checked."""

    option_spec = CodeBlock.option_spec | SPEC

    def run(self) -> list[nodes.Node]:
        """Make the block and mark where its content begins."""
        made = super().run()
        source, line = self.content.info(0)
        _mark(made, source, line + 1, options=_options(self), caption=self.options.get("caption"))
        return made


class CheckedLiteralInclude(LiteralInclude):
    """``literalinclude`` with the options that say how it is checked."""

    option_spec = LiteralInclude.option_spec | SPEC

    def run(self) -> list[nodes.Node]:
        """Make the block and mark the directive's place and the listing's."""
        made = super().run()
        if isinstance(made[0], nodes.system_message):  # no such file, no such marker
            return made
        source, line = self.get_source_info()
        listing = Path(self.env.relfn2path(self.arguments[0])[1])
        try:
            shown = LiteralIncludeReader(str(listing), self.options | {"lineno-match": None}, self.config)
            text, _ = shown.read()
        except ValueError as error:  # lines that do not follow one another, a diff
            return [self.state.document.reporter.warning(error, line=self.lineno)]
        _mark(
            made,
            source,
            line,
            options=_options(self),
            caption=self.options.get("caption"),
            listing=str(listing),
            listing_line=shown.lineno_start,
            whole=text == listing.read_text(),
        )
        return made


def located(base: type[Directive]) -> type[Directive]:
    """Return a directive with content, such as ``parsed-literal``, that marks its place."""

    class Located(base):  # type: ignore[misc, valid-type]
        def run(self) -> list[nodes.Node]:
            made: list[nodes.Node] = super().run()
            if self.content:
                source, line = self.content.info(0)
                _mark(made, source, line + 1)
            return made

    return Located


#: Every directive that can put a block on a page, by name.
DIRECTIVES: dict[str, type[Directive]] = {
    "code-block": CheckedCodeBlock,
    "sourcecode": CheckedCodeBlock,
    "literalinclude": CheckedLiteralInclude,
    "code": located(Code),
    "parsed-literal": located(ParsedLiteral),
    "raw": located(Raw),
}
