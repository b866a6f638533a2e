"""Directives that remember where the content of a block begins.

A node's own line is the directive's, or in nested places nobody's. Each class here leaves a
:class:`Mark` on the block as ``node["snippet"]``. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.parsers.rst.directives.body import ParsedLiteral
from docutils.parsers.rst.directives.misc import Raw
from sphinx.directives.code import CodeBlock, LiteralInclude, LiteralIncludeReader
from sphinx.directives.patches import Code

from snippets.change import Change, show
from snippets.download import offer
from snippets.options import SPEC


@dataclass(frozen=True)
class Mark:
    """Where a block begins, and what its directive says about it.

    ``written`` is what stands in the source from that line on: the content or, for a listing, its
    name. Paths are as docutils has them, relative to the working directory. A ``change`` is shown in
    place of the listing.
    """

    source: str
    line: int
    written: str
    options: dict[str, str] = field(default_factory=dict)
    caption: str = ""
    listing: str | None = None
    listing_line: int | None = None
    whole: bool = False
    change: Change | None = None


BLOCKS = (nodes.literal_block, nodes.doctest_block, nodes.raw)


def _leave(mark: Mark, made: Iterable[nodes.Node]) -> None:
    """Leave the mark on the blocks that a directive made; a caption stands around its block."""
    for node in made:
        for block in node.findall():
            if isinstance(block, BLOCKS):
                block["snippet"] = mark


def _options(directive: Directive) -> dict[str, str]:
    return {name: value for name, value in directive.options.items() if name in SPEC}


def located(base: type[Directive]) -> type[Directive]:
    """Return a directive with content, such as ``code-block``, that marks where this begins.

    It also has the options that say how its block is checked.
    """

    class Located(base):  # type: ignore[misc, valid-type]
        option_spec = (base.option_spec or {}) | SPEC

        def run(self) -> list[nodes.Node]:
            made: list[nodes.Node] = super().run()
            if self.content:
                source, offset = self.content.items[0]
                written, caption = "\n".join(self.content), self.options.get("caption", "")
                _leave(Mark(source, offset + 1, written, _options(self), caption), made)
            return made

    return Located


def located_include(base: type[LiteralInclude]) -> type[Directive]:
    """Return ``literalinclude``, or a kind of it, that marks its place and the listing's; options as above."""

    class LocatedInclude(base):  # type: ignore[misc, valid-type]
        option_spec = base.option_spec | SPEC

        def run(self) -> list[nodes.Node]:
            before = self.options.pop("diff", None)
            made: list[nodes.Node] = super().run()
            if isinstance(made[0], nodes.system_message):  # no such file, no such marker
                return made
            listing = Path(self.env.relfn2path(self.arguments[0])[1])
            reader = LiteralIncludeReader(listing, self.options, self.config)
            everything = "".join(reader.read_file(listing))
            try:
                # With this option the reader tells on which line of the file it began.
                reader = LiteralIncludeReader(listing, self.options | {"lineno-match": None}, self.config)
                text, _ = reader.read()
            except ValueError as error:  # lines from here and there
                message = f"show the lines of a listing in their order, without gaps: {error}"
                return [self.state.document.reporter.warning(message, line=self.lineno)]
            source, line = self.get_source_info()
            mark = Mark(
                source,
                line,
                self.arguments[0],
                _options(self),
                self.options.get("caption", ""),
                str(listing),
                reader.lineno_start,
                whole=text == everything,
            )
            if before is not None:
                try:
                    mark = replace(mark, change=self._change(before, everything, made))
                except (OSError, ValueError) as error:
                    message = f"':diff: {before}': {error}"
                    return [self.state.document.reporter.warning(message, line=self.lineno)]
            _leave(mark, made)
            if mark.whole and mark.caption.startswith("/"):
                offer(made, self.arguments[0], mark.caption)
            return made

        def _change(self, before: str, now: str, made: list[nodes.Node]) -> Change:
            """Show what is another than in a listing before, which another block writes."""
            name, path = self.env.relfn2path(before)
            self.env.note_dependency(name)
            change = Change(Path(path).read_text(), now)
            for node in made:
                for block in node.findall(nodes.literal_block):
                    show(block, change)
            return change

    return LocatedInclude


#: Every directive of docutils and Sphinx that can put a block on a page, by name.
DIRECTIVES: dict[str, type[Directive]] = {
    "code-block": located(CodeBlock),
    "sourcecode": located(CodeBlock),
    "literalinclude": located_include(LiteralInclude),
    "code": located(Code),
    "parsed-literal": located(ParsedLiteral),
    "raw": located(Raw),
}
