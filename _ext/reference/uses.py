"""Where the other pages use a directive or an option, and where they show it going wrong.

This is found when pages are read, and written when they are: a page of the reference keeps a :class:`uses` for each
list of links. When other pages change what such a list says, its page is written again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.writers.html5 import HTML5Translator

from snippets.change import LANGUAGE as CHANGE
from snippets.collect import blocks_of
from snippets.manifest import Block
from stored import PageCollector, by_page

PLACES = "reference_places"

#: The pages that are made of the record: what they show is not used there.
OWN = "reference/"
#: Pages of nothing but mistakes, and the section of a lesson that shows some.
MISTAKES, GOES_WRONG = "troubleshooting/", "What can go wrong"

#: What nearly every site has, whatever it shows.
EVERYWHERE = {"WSGIApplicationGroup", "WSGIDaemonProcess", "WSGIProcessGroup", "WSGIScriptAlias"}

DIRECTIVE = re.compile(r"\bWSGI[A-Z]\w+")
DEFINITION = re.compile(r"\bWSGIDaemonProcess\b(?:[^\n]*\\\n)*[^\n]*")
TRIED = "apachectl -t -c"
OPTION = re.compile(r"(?<![\w-])([a-z]+(?:-[a-z]+)*)=")
#: So many links of a list are seen at once.
SEEN = 6
#: A command that changes a site's file, and in it what is there then.
EDIT = re.compile(r"\bsed -i 's(.)(?:(?!\1).)*\1(?P<new>(?:(?!\1).)*)\1' \S*/sites-available/")


class uses(nodes.General, nodes.Element):
    """A list of links to come, and their ``label``; if there is nothing to link to, nothing stands in its place.

    ``kind`` says what of: pages that have used ``name``, cases of it gone ``wrong``, or cases that have ``shown`` one
    of some ``texts``. ``also`` has further links: page, anchor and text of each.
    """


class more(nodes.General, nodes.Element):
    """What of a list is not seen until somebody asks for it, under the words of its ``summary``."""


def visit_more(self: HTML5Translator, node: more) -> None:
    """Begin the fold."""
    self.body.append(f'<details class="recorded-more"><summary>{node["summary"]}</summary>\n')


def depart_more(self: HTML5Translator, node: more) -> None:
    """End the fold."""
    self.body.append("</details>\n")


def unfolded(self: nodes.NodeVisitor, node: more) -> None:
    """Add nothing: in a text all of a list is seen."""


@dataclass(frozen=True)
class Place:
    """A block on a page: where it stands, what it names, and all that it says.

    ``marked`` is what a configuration names on the lines that are emphasized or, if none is and it is no whole file, on
    any; so does a line that is tried. ``case`` is the mistake that is shown there, if it is one of several in its
    section. ``listing`` is the configuration that the page's reader writes there, if the block is one.
    """

    docname: str
    anchor: str
    section: str
    case: str
    named: frozenset[str]
    marked: frozenset[str]
    text: str
    listing: str = ""

    @property
    def wrong(self) -> bool:
        """Whether the block shows something going wrong."""
        return self.docname.startswith(MISTAKES) or self.section == GOES_WRONG

    @property
    def headings(self) -> str:
        """Return what stands above the block."""
        return f"{self.section} {self.case}"

    def is_about(self, name: str) -> bool:
        """Tell whether what goes wrong has to do with a directive or option; not each word is the name of an option."""
        directive = DIRECTIVE.fullmatch(name) is not None
        if name in self.marked or (directive and name not in EVERYWHERE and name in self.named):
            return True
        return (directive or "-" in name) and re.search(rf"(?<![\w-]){name}(?![\w-])", self.headings) is not None

    def shows(self, texts: Iterable[str]) -> bool:
        """Tell whether one of some texts stands in the block or above it."""
        return any(text in self.text or text in self.headings for text in texts)


def named(text: str) -> Iterator[tuple[str, int]]:
    """Yield the directives and options that a text names, each with its line, from 1."""
    for found in DIRECTIVE.finditer(text):
        yield found[0], text.count("\n", 0, found.start()) + 1
    spans = [definition.span() for definition in DEFINITION.finditer(text)]
    spans += [edit.span("new") for edit in EDIT.finditer(text)]
    for span in spans:
        for found in OPTION.finditer(text, *span):
            yield found[1], text.count("\n", 0, found.start()) + 1


class PlaceCollector(PageCollector):
    """Collects the blocks of each page."""

    names = (PLACES,)

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Note the blocks of a page."""
        _places(app.env)[app.env.docname] = [] if app.env.docname.startswith(OWN) else [*_blocks(app.env, doctree)]


def _places(env: BuildEnvironment) -> dict[str, list[Place]]:
    return by_page(env, PLACES)


def _blocks(env: BuildEnvironment, doctree: nodes.document) -> Iterator[Place]:
    anchor, section, case = "", "", ""
    rows = {block.id: block for block in blocks_of(env, env.docname)}
    for node in doctree.findall():
        if isinstance(node, nodes.section):
            anchor, section, case = node["ids"][0], node[0].astext(), ""
        elif isinstance(node, nodes.paragraph) and node.children and isinstance(node[0], nodes.strong):
            case = node[0].astext().rstrip(".:")
        elif isinstance(node, nodes.literal_block):
            text = node.astext()
            found = list(named(text))
            lines = set((node.get("highlight_args") or {}).get("hl_lines", ()))
            if node.get("language") == CHANGE:
                lines = {n for n, line in enumerate(text.split("\n"), 1) if line.startswith(("-", "+"))}
            everything = frozenset(name for name, _ in found)
            whole = (node.get("language") == "apache" and not (lines or _is_file(node))) or TRIED in text
            marked = frozenset(name for name, line in found if line in lines or whole)
            if not all(map(DIRECTIVE.match, marked)):  # it is about the option
                marked -= {"WSGIDaemonProcess"}
            listing = _listing(rows.get(node.get("snippet_id", "")))
            yield Place(env.docname, anchor, section, case, everything, marked, " ".join(text.split()), listing)


def _listing(block: Block | None) -> str:
    """Return the text of a block that the suite writes as a configuration of Apache; of any other, nothing."""
    return block.text if block and (block.role, block.language) == ("file", "apache") else ""


def _is_file(node: nodes.Element) -> bool:
    """Tell whether a block is a whole file: its caption is a path."""
    return node.parent.get("literal_block", False) and node.parent[0].astext().startswith("/")


# -- Writing -------------------------------------------------------------------------------------


def outdated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the pages to write again, because others would be linked to now."""
    made = hashlib.sha256(repr([(docname, _places(env)[docname]) for docname in sorted(_places(env))]).encode())
    made.update(repr(sorted((docname, title.astext()) for docname, title in env.titles.items())).encode())
    _order.cache_clear()
    if made.hexdigest() == getattr(env, "reference_made", ""):
        return []
    env.reference_made = made.hexdigest()  # type: ignore[attr-defined]
    return [docname for docname in env.found_docs if docname.startswith(OWN)]


def resolve(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the links in their places."""
    for node in list(doctree.findall(uses)):
        links = [link(app, docname, *it) for it in (*_links(app.env, node), *node.get("also", ()))]
        if not links:
            node.parent.remove(node)
        elif isinstance(node.parent, nodes.field_list):
            body = nodes.field_body("", *_listed(links))
            node.replace_self(nodes.field("", nodes.field_name("", node["label"]), body))
        else:
            node.replace_self(nodes.paragraph("", f"{node['label']}: ", *_apart(links)))


def _listed(links: list[nodes.reference]) -> Iterator[nodes.Node]:
    """Yield a list of links, and a fold for those that are too many to be seen at once."""

    def one(part: list[nodes.reference]) -> nodes.Node:
        items = (nodes.list_item("", nodes.paragraph("", "", it)) for it in part)
        return nodes.bullet_list("", *items, classes=["simple", "recorded-links"])

    yield one(links[:SEEN])
    if rest := links[SEEN:]:
        yield more("", one(rest), summary=f"{len(rest)} more")


def _links(env: BuildEnvironment, node: uses) -> Iterator[tuple[str, str, str]]:
    """Yield page, anchor and text of each link."""
    places = list(in_order(env))
    name: str = node.get("name", "")
    wanted: list[str] = node.get("texts", [])
    texts = [" ".join(text.split()) for text in wanted]
    if node["kind"] == "used":
        first: dict[str, Place] = {}
        for place in places:
            if name in place.named and not place.wrong:
                first.setdefault(place.docname, place)
        yield from ((place.docname, place.anchor, env.titles[place.docname].astext()) for place in first.values())
    elif node["kind"] == "wrong":
        wrong = [place for place in places if place.wrong and place.is_about(name)]
        yield from _cases(env, sorted(wrong, key=lambda it: it.docname.startswith(MISTAKES)))  # lessons first
    else:
        yield from _cases(env, (place for place in places if place.wrong and place.shows(texts)))


def _cases(env: BuildEnvironment, places: Iterable[Place]) -> Iterator[tuple[str, str, str]]:
    """Yield the cases that places show, each once: what a lesson calls it, or the section that it has."""
    links: dict[tuple[str, str, str], None] = {}
    for place in places:
        title = env.titles[place.docname].astext()
        whole = place.section if place.docname.startswith(MISTAKES) else title
        links[place.docname, place.anchor, place.case or whole] = None
    yield from links


def link(app: Sphinx, docname: str, target: str, anchor: str, text: str) -> nodes.reference:
    """Return a link on a page to a section of another."""
    uri = app.builder.get_relative_uri(docname, target)
    return nodes.reference("", text, internal=True, refuri=f"{uri}#{anchor}")


def _apart(links: Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    for number, link in enumerate(links):
        if number:
            yield nodes.Text(" · ")
        yield link


def in_order(env: BuildEnvironment) -> Iterator[Place]:
    """Yield the blocks of all pages, in reading order."""
    return (place for docname in _order(env) for place in _places(env).get(docname, ()))


@cache
def _order(env: BuildEnvironment) -> list[str]:
    """Return the pages in reading order; any others after these."""
    return list(dict.fromkeys([*env.collect_relations(), *sorted(env.found_docs)]))
