"""Listings whose long lines wrap: each line is an element, so that where it goes on can be further in.

What goes on begins two signs further in than its line did. The text is what it was: no sign is added to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pygments.formatters import HtmlFormatter
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

TAGS = re.compile(r"<[^>]*>")
MARKED = '<span class="hll">'
#: How far in a line may begin, in fours, for what the style sheet has a class.
DEEPEST = 5


def line(html: str) -> str:
    """Return a line of a listing as an element; one that is marked is one already.

    :param html: the line, coloured, with its end
    """
    text = TAGS.sub("", html)
    depth = min((len(text) - len(text.lstrip(" "))) // 4, DEEPEST)
    names = f"line line-{depth}" if depth else "line"
    if html.startswith(MARKED):
        return f'<span class="{names} hll">{html.removeprefix(MARKED)}'
    return f'<span class="{names}">{html}</span>'


class Lines(HtmlFormatter[str]):
    """Pygments' formatter, with an element a line."""

    def wrap(self, source: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        """Put each line into its element, and all into those that Pygments puts around a listing."""
        lines = ((is_line, line(html) if is_line else html) for is_line, html in source)
        yield from super().wrap(lines)  # type: ignore[no-untyped-call]


def _use(app: Sphinx) -> None:
    if isinstance(app.builder, StandaloneHTMLBuilder) and app.builder.name == "html":
        app.builder.highlighter.formatter = Lines


def setup(app: Sphinx) -> None:
    """Have the site's listings made so; the deck's are never wider than a slide."""
    app.connect("builder-inited", _use)
