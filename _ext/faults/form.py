"""The form of a fault: its parts, in the order in which they are written and run, and in that in which they are read.

A page is run from top to bottom, so a section first makes the mistake and then mends it. Its reader has made the
mistake already, and wants the way out first. On the page, in this order::

    The cause, a sentence.

    .. admonition:: See it happen       what makes the mistake; a second one has what only shows it
       :collapsible: closed

    .. rubric:: Is it this?             the message, and the command that tells
    .. admonition:: Fix                 what to write (``literalinclude`` with ``:diff:``) or to type
    .. rubric:: Why
    .. rubric:: Not it?                 the neighbours
    .. rubric:: Keep it from coming back

*See it happen* is moved behind *Why*, folded.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from faults.sections import cause, labelled

logger = logging.getLogger(__name__)

HAPPENS, FIX = "See it happen", "Fix"
IS_IT, WHY, NOT_IT, KEEP = "Is it this?", "Why", "Not it?", "Keep it from coming back"
#: As written; each once, but for the first.
WRITTEN = (HAPPENS, IS_IT, FIX, WHY, NOT_IT, KEEP)


def anchor(name: str) -> str:
    """Return the address of a part on the page of its fault, and the end of its class: its first word."""
    return name.split()[0].lower()


def part(node: nodes.Node) -> str:
    """Return which part of the form a node is, or begins; or nothing."""
    if isinstance(node, nodes.rubric):
        name = node.astext()
    elif isinstance(node, nodes.admonition) and node.children:
        name = node[0].astext()
    else:
        return ""
    return name if name in WRITTEN else ""


def parts(section: nodes.section) -> list[tuple[str, nodes.Element]]:
    """Return the parts of a section by name, each with the node that is it, or begins it."""
    return [(name, node) for node in section.children if isinstance(node, nodes.Element) and (name := part(node))]


def amiss(section: nodes.section) -> str:
    """Say what of the form a section lacks or has in another order; nothing if all is there, or none of it."""
    there = [name for name, _ in parts(section)]
    if not there:
        return ""
    if not cause(section):
        return "begin with the cause, in a sentence"
    once = [name for n, name in enumerate(there) if name != HAPPENS or n == 0]
    if once != list(WRITTEN):
        return f"its parts are {', '.join(WRITTEN)}; here: {', '.join(there)}"
    for name, node in parts(section):
        if name == FIX and not list(node.findall(nodes.literal_block)):
            return "the fix must be a block: what to write, or to type"
        if name == HAPPENS and node.get("collapsible") != "closed":
            return f"{HAPPENS!r} must be ':collapsible: closed'"
    return ""


def _check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of faults that lack a part, and make the parts' titles headings and the parts known to style sheets."""
    if app.env.metadata[app.env.docname].get("sections") != "apart":
        return
    for section, label in labelled(doctree):
        if wrong := amiss(section):
            logger.warning("%s: %s", label, wrong, location=section, type="faults")
        for name, node in parts(section):
            node["classes"].append(f"fault-{anchor(name)}")
            if isinstance(node, nodes.rubric):
                node["heading-level"] = 3


def _arrange(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the parts into the order in which they are read."""
    for section in doctree.findall(nodes.section):
        happens = [node for name, node in parts(section) if name == HAPPENS]
        place = next((node for name, node in parts(section) if name == NOT_IT), None)
        if not happens or place is None:
            continue
        first, *others = happens
        for node in happens:
            section.remove(node)
        for other in others:
            first += other.children[1:]
        section.insert(section.index(place), first)


def setup(app: Sphinx) -> None:
    """Check each page that is read, and arrange each that is written."""
    app.connect("doctree-read", _check)
    app.connect("doctree-resolved", _arrange)
