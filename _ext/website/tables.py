"""Tables on a phone: each row a small block, each cell under the heading of its column.

A cell brings its heading along as ``data-heading``, which the style sheet shows where there is no room for columns. A
table of ticks or numbers that a phone has room for stays one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

#: How many signs a phone has room for: in a line of a table, in its first cell, which may have two, in each other.
LINE, FIRST, OTHER = 46, 30, 16
GAP = 2  # between two cells, in signs


def headings(group: nodes.tgroup) -> list[str]:
    """Return the columns' headings, or none where a table has no head of one row with a cell a column."""
    heads = [row for part in group.findall(nodes.thead) for row in part.children]
    cells = [cell.astext() for cell in heads[0].children] if len(heads) == 1 else []
    return cells if len(cells) == group["cols"] else []


def fits(group: nodes.tgroup) -> bool:
    """Tell whether a phone has room for all columns, with no cell but the first in two lines."""
    names = [max(map(len, name.split()), default=0) for name in headings(group)]
    rows = [[len(cell.astext()) for cell in row.children] for row in _rows(group)]
    columns: Sequence[Sequence[int]] = [*zip(*rows, [*names, *[0] * (group["cols"] - len(names))], strict=False)]
    widths = [max(column) for column in columns]
    line = min(widths[0], FIRST * 3 // 5) + sum(widths[1:]) + GAP * len(widths)
    return widths[0] <= FIRST and max(widths[1:], default=0) <= OTHER and line <= LINE


def _rows(group: nodes.tgroup) -> Iterator[nodes.Element]:
    for part in group.findall(nodes.tbody):
        yield from part.findall(nodes.row)


def _mark(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Mark the tables that a phone has no room for."""
    if app.builder.name == "html":
        for group in doctree.findall(nodes.tgroup):
            if not fits(group):
                group.parent["classes"].append("stacked")


def _open(self: HTML5Translator, node: nodes.entry) -> None:
    row: Any = node.parent
    column, group = row.column, row.parent.parent
    HTML5Translator.visit_entry(self, node)
    names = headings(group) if isinstance(row.parent, nodes.tbody) else []
    if names and "stacked" in group.parent["classes"]:
        self.body[-1] = f'{self.body[-1][:-1]} data-heading="{self.attval(names[column])}">'


def setup(app: Sphinx) -> None:
    """Say how a cell is written."""
    app.add_node(nodes.entry, override=True, html=(_open, HTML5Translator.depart_entry))
    app.connect("doctree-resolved", _mark)
