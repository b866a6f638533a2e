"""The mark at a block of which the page's own line says all: it tells the block's line to who asks for it.

It is a ``<details>``: a key, a finger and a mouse open it, with no script. A book and a plain text have the page's line
alone.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


class verdict_mark(nodes.paragraph):
    """A line that most of a page's blocks have."""


def _open(self: HTML5Translator, node: verdict_mark) -> None:
    if self.builder.name != "html":
        raise nodes.SkipNode
    done = node.astext().partition(" on ")[0]
    self.body.append(f'<details class="snippet-verdict"><summary aria-label="{self.attval(done)}">✓</summary><p>')


def _close(self: HTML5Translator, node: verdict_mark) -> None:
    self.body.append("</p></details>\n")


def _leave_out(self: nodes.NodeVisitor, node: verdict_mark) -> None:
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Say how it is rendered."""
    app.add_node(verdict_mark, html=(_open, _close), text=(_leave_out, None))
