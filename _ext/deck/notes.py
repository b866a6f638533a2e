"""Speaker notes that keep their markup, and that nobody but the speaker sees."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from private import revealjs_notes


def _open(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append('<aside class="notes">')


def _close(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append("</aside>\n")


def _leave_out(self: nodes.NodeVisitor, node: nodes.Element) -> None:
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Put these renderings in place of sphinx-revealjs's own."""
    left_out = (_leave_out, None)
    app.add_node(revealjs_notes(), override=True, revealjs=(_open, _close), html=left_out, text=left_out)
