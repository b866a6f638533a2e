"""An example for each directive and option: lines of a listing that a page writes, and that Apache loads there.

Nothing is typed for it, so nothing of it needs a verdict: it is the text of a block that has one, under its own place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from docutils import nodes
from sphinx.application import Sphinx

from reference.uses import DIRECTIVE, Place, in_order, link, named

#: The class of an example on a built page.
CLASS = "recorded-example"
LONGEST = 3  # lines
DIRECTIVE_LINES = re.compile(r"^[ \t]*<?[A-Za-z](?:[^\n]*\\\n)*[^\n]*$", re.MULTILINE)


class example(nodes.General, nodes.Element):
    """The field with the example for ``name`` to come."""


def region(listing: str, name: str) -> str | None:
    """Return the shortest lines of a configuration that have a directive or an option, if there are some."""
    found = []
    for lines in DIRECTIVE_LINES.findall(listing):
        word = lines.split()[0].removeprefix("<")
        of_it = word == name if DIRECTIVE.fullmatch(name) else name in {it for it, _ in named(lines)}
        if of_it and lines.count("\n") < LONGEST:
            found.append(lines)
    return min(found, key=_length, default=None)


def shortest(places: Iterable[Place], name: str) -> tuple[Place, str] | None:
    """Return the shortest example in what pages write, but for what they show going wrong, and its place."""
    found = [(place, text) for place in places if not place.wrong and (text := region(place.listing, name))]
    return min(found, key=lambda it: _length(it[1]), default=None)


def _length(lines: str) -> tuple[int, int]:
    return lines.count("\n"), len(lines.strip())


def dedented(lines: str) -> str:
    """Return lines without the blanks that the first begins with."""
    blanks = len(lines) - len(lines.lstrip(" \t"))
    return re.sub(rf"^[ \t]{{0,{blanks}}}", "", lines, flags=re.MULTILINE)


def resolve(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the examples in their places."""
    for node in list(doctree.findall(example)):
        body = nodes.field_body("", *_body(app, docname, node["name"]))
        node.replace_self(nodes.field("", nodes.field_name("", "Example"), body))


def _body(app: Sphinx, docname: str, name: str) -> Iterator[nodes.Node]:
    places = list(in_order(app.env))
    if not (found := shortest(places, name)):
        used = any(name in place.named for place in places)
        yield nodes.paragraph("", "No page writes it to a file." if used else "No page uses it.")
        return
    place, lines = found
    text = dedented(lines)
    yield nodes.literal_block(text, text, language="apache", classes=[CLASS])
    title = app.env.titles[place.docname].astext()
    yield nodes.paragraph(
        "", "From ", link(app, docname, place.docname, place.anchor, title), classes=["recorded-from"]
    )
