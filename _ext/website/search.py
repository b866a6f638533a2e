"""What the search finds first: sections, by how much they are about what was typed.

Sphinx's own index knows which page has a word somewhere. This one, ``_static/sections.js``, has for each word the places
that it stands in, a page's beginning, a section or a term of the glossary, and how much each is worth: more in a title
or an index entry, more if the word is rare, less in a long text. ``search.js`` adds that up, in place of Sphinx's
ranking; the page, the words' stems and the display are Sphinx's.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.search.en import SearchEnglish

#: A word, or several that are one name: ``python-home``, ``os.environ``, ``X-Forwarded-For``. As in search.js.
WORD = re.compile(r"[a-z0-9_]+(?:[-.:/]+[a-z0-9_]+)*")
PART = re.compile(r"[a-z0-9]+")
ENGLISH = SearchEnglish({})
#: What a word is worth in the title of a page and of a section, in an index entry, and beside what it is in the text.
PAGE, TITLE, ENTRY = 4.0, 3.0, 2.0


@dataclass
class Place:
    """What can be found: the text that stands under a title, without that of places within it."""

    docname: str
    anchor: str
    title: str
    worth: float  # of a word in its title
    text: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)


def words(text: str) -> Iterator[str]:
    """Yield the words of a text, and those that a name is made of after it."""
    for word in WORD.findall(text.lower()):
        yield from (ENGLISH.stem(word),) if word not in ENGLISH.stopwords else ()
        parts = PART.findall(word)
        yield from (ENGLISH.stem(part) for part in parts if len(parts) > 1 and part not in ENGLISH.stopwords)


def places(env: BuildEnvironment, docname: str) -> list[Place]:
    """Return the places of a page."""
    doctree = env.get_doctree(docname)
    found: dict[nodes.Element, Place] = {}
    for node in doctree.findall(lambda it: isinstance(it, (nodes.section, nodes.definition_list_item))):
        if isinstance(node, nodes.section):
            first = not found
            anchor = "" if first else node["ids"][0]
            found[node] = Place(docname, anchor, node[0].astext(), PAGE if first else TITLE)
        elif isinstance(node.parent.parent, addnodes.glossary):
            for term in node.findall(nodes.term):
                found[node] = Place(docname, term["ids"][0], term.astext(), TITLE)
    by_id = {name: place for node, place in found.items() for name in node["ids"]}
    for leaf in doctree.findall(lambda it: isinstance(it, (nodes.Text, addnodes.index))):
        around = list(_upwards(leaf.parent))
        if any({"tested", "snippet-verdict"} & {*it.get("classes", ())} for it in around):
            continue  # what it says of other places
        here = next((found[it] for it in around if it in found), None)
        if isinstance(leaf, addnodes.index):
            for _, entry, target, *_ in leaf["entries"]:
                if place := by_id.get(target, here):
                    place.entries.append(entry)
        elif here and not isinstance(leaf.parent, (nodes.title, nodes.raw)):
            here.text.append(leaf.astext())
    return list(found.values())


def _upwards(node: nodes.Element | None) -> Iterator[nodes.Element]:
    while node is not None:
        yield node
        node = node.parent


def ranked(found: Iterable[Place]) -> dict[str, object]:
    """Return the index: what a word is worth where, in tenths, after how rare it is."""
    every = list(found)
    texts = [Counter(word for text in place.text for word in words(text)) for place in every]
    usual = sum(map(Counter.total, texts)) / max(len(every), 1)
    index: dict[str, dict[int, float]] = {}
    for n, (place, text) in enumerate(zip(every, texts, strict=True)):
        long = 0.4 + 0.6 * text.total() / usual
        for word, times in text.items():
            index.setdefault(word, {})[n] = times / (times + long)
        for said, worth in ((place.title, place.worth), *((entry, ENTRY) for entry in place.entries)):
            of_them = {*words(said)}
            for word in of_them:
                more = worth / math.sqrt(len(of_them))
                there = index.setdefault(word, {})
                there[n] = there.get(n, 0) + more if said == place.title else max(there.get(n, 0), more)
    rows = {}
    for word, where in index.items():
        rare = math.log(1 + len(every) / len(where))
        rows[word] = [round(10 * rare), *(x for n, worth in where.items() for x in (n, round(10 * rare * worth)))]
    return {"places": [[it.docname, it.title, it.anchor] for it in every], "words": rows}


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.name == "html":
        found = [place for docname in sorted(app.env.found_docs) for place in places(app.env, docname)]
        index = json.dumps(ranked(found), separators=(",", ":"), ensure_ascii=False)
        Path(app.outdir, "_static/sections.js").write_text(f"Search.setIndex({index})\n")


def setup(app: Sphinx) -> None:
    """Write the index once all pages are read."""
    app.connect("build-finished", _write)
