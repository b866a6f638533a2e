"""What sphinx-revealjs lacks: speaker notes that keep their markup, listings coloured as in the tutorial."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator
from sphinx_revealjs._ext.notes import revealjs_notes


def _open_notes(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append('<aside class="notes">')


def _close_notes(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append("</aside>\n")


def _leave_out(self: nodes.NodeVisitor, node: nodes.Element) -> None:
    raise nodes.SkipNode


def setup(app: Sphinx) -> ExtensionMetadata:
    """Put these renderings in place of sphinx-revealjs's own."""
    app.setup_extension("sphinx_revealjs")
    # Its notes are escaped text, all in one paragraph, and other builders show them to the audience.
    left_out = (_leave_out, None)
    app.add_node(revealjs_notes, override=True, revealjs=(_open_notes, _close_notes), html=left_out, text=left_out)
    # It leaves listings to highlight.js, which loses :emphasize-lines: and guesses the languages it does not
    # know. Sphinx's own rendering, by Pygments, does neither.
    pygments = (HTML5Translator.visit_literal_block, HTML5Translator.depart_literal_block)
    app.add_node(nodes.literal_block, override=True, revealjs=pygments)
    return {"parallel_read_safe": False}  # as sphinx-revealjs
