"""Names that other packages keep to themselves, and that have no public twin: one place to look when one of them moves.

``tests/unit/test_private.py`` fails when one goes. Of Sphinx's search, ``tutorial/_static/search.js`` has the two
that are used there.
"""

from __future__ import annotations

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from sphinx.application import Sphinx
from sphinx.directives.code import CodeBlock, LiteralInclude

#: docutils' table of directives by name: what an earlier extension has registered can be asked of nothing else.
_REGISTERED = "_directives"


def registered_directive(name: str) -> type[Directive]:
    """Return the directive that stands behind a name now.

    :raises KeyError: there is none
    """
    registered: dict[str, type[Directive]] = vars(directives)[_REGISTERED]
    return registered[name]


def has_warned(app: Sphinx) -> bool:
    """Tell whether a build has warned: Sphinx counts, and tells nobody but through the exit status of ``-W``."""
    return bool(app._warncount)


def revealjs_listings() -> tuple[type[CodeBlock], type[LiteralInclude]]:
    """Return sphinx-revealjs's own directives for listings, of which only the deck has need."""
    from sphinx_revealjs._ext.highlightings import RevealjsCodeBlock, RevealjsLiteralInclude

    return RevealjsCodeBlock, RevealjsLiteralInclude


def revealjs_notes() -> type[nodes.Element]:
    """Return the node in which sphinx-revealjs puts a slide's notes."""
    from sphinx_revealjs._ext import notes

    node: type[nodes.Element] = notes.revealjs_notes
    return node
