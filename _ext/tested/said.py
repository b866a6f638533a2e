"""Sentences, lists and tables as nodes: what a machine or a file has said is text there, and never read as markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from docutils import nodes
from sphinx import addnodes

from snippets.transcript import PROMPT

Cell = str | nodes.paragraph


def said(*parts: str | nodes.Node) -> nodes.paragraph:
    """Return a paragraph."""
    return nodes.paragraph("", "", *(nodes.Text(part) if isinstance(part, str) else part for part in parts))


def code(text: str) -> nodes.Node:
    """Return a text as code in a sentence; a command goes without its prompt."""
    text = PROMPT.sub("", text, count=1).strip()
    return nodes.literal("", text) if text else nodes.Text("(nothing)")


def link(page: str) -> nodes.Node:
    """Return a link to a page of the tutorial; the deck has none."""
    if not page.startswith("tutorial/"):
        return nodes.Text("The deck")
    target = f"/{page.removeprefix('tutorial/')}"
    text = nodes.inline("", target, classes=["xref", "std", "std-doc"])
    of = {"refdomain": "std", "reftype": "doc", "refexplicit": False, "refwarn": True}
    return addnodes.pending_xref("", text, reftarget=target, **of)


def bullets(items: Iterable[nodes.paragraph]) -> nodes.Node:
    """Return a list."""
    return nodes.bullet_list("", *(nodes.list_item("", item) for item in items), bullet="-")


def table(head: Sequence[Cell], rows: Iterable[Sequence[Cell]]) -> nodes.Node:
    """Return a table with one row as its head."""
    columns = [nodes.colspec(colwidth=100 // len(head)) for _ in head]
    group = nodes.tgroup("", *columns, nodes.thead("", _row(head)), nodes.tbody("", *map(_row, rows)), cols=len(head))
    return nodes.table("", group)


def _row(cells: Iterable[Cell]) -> nodes.row:
    said_so = [said(cell) if isinstance(cell, str) else cell for cell in cells]
    return nodes.row("", *(nodes.entry("", cell) for cell in said_so))
