"""What the search finds first: sections, by how much they are about what was typed.

Sphinx's own index knows which page has a word somewhere. This one, ``_static/sections.js``, has for each word the
places that it stands in, a page's beginning, a section or a term of the glossary, and how much each is worth: more in
a title or an index entry, more if the word is rare, less in a long text. ``search.js`` adds that up, in place of
Sphinx's ranking; the page, the words' stems and the display are Sphinx's.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.search.en import SearchEnglish

from faults.sections import faults
from snippets.collect import blocks_of, upwards

#: A word, or several that are one name: ``python-home``, ``os.environ``, ``X-Forwarded-For``. As in search.js.
WORD = re.compile(r"[a-z0-9_]+(?:[-.][a-z0-9_]+)*")
PART = re.compile(r"[a-z0-9]+")
#: What of a contraction says nothing: ``doesn't``, the end of ``it's``. As in search.js.
CONTRACTED = re.compile(r"[a-z]+n[’']t\b|[’'](?:s|ll|ve|re|d|m)\b")
ENGLISH = SearchEnglish({})
#: In how many places a word is found, the best ones.
MOST = 9
#: A section that only leads on: what it names is found where it is.
LEADS_ON = "Read next"
#: A file of so few lines is all about them.
SHORT = 3
#: The character of the number 0 in a row; none is a blank, which stands between rows. As in search.js.
FIRST = ord("#")
#: What a word is worth as a title: of a page, a section, a term; in an index entry; in a line that a listing marks.
PAGE, TITLE, TERM, ENTRY, MARKED = 6.0, 3.0, 2.0, 1.5, 1.0


@dataclass
class Place:
    """What can be found: the text that stands under a title, without that of places within it."""

    docname: str
    anchor: str
    title: str
    worth: float  # of a word in its title
    text: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)  # of the index, and messages that it makes happen
    marked: list[str] = field(default_factory=list)  # lines of listings


def words(text: str) -> Iterator[str]:
    """Yield the words of a text, and those that a name is made of after it."""
    for word in WORD.findall(CONTRACTED.sub(" ", text.lower())):
        yield from (ENGLISH.stem(word),) if word not in ENGLISH.stopwords else ()
        parts = PART.findall(word)
        yield from (ENGLISH.stem(part) for part in parts if len(parts) > 1 and part not in ENGLISH.stopwords)


def places(env: BuildEnvironment, docname: str) -> list[Place]:
    """Return the places of a page."""
    doctree = env.get_doctree(docname)
    own = {name: fault.page for fault in faults(env) if fault.docname == docname for name in fault.ids}
    found: dict[nodes.Element, Place] = {}
    for node in doctree.findall(nodes.Element):
        if isinstance(node, nodes.section):
            first = not found
            anchor = "" if first else node["ids"][0]
            page, anchor = (own[anchor], "") if anchor in own else (docname, anchor)
            found[node] = Place(page, anchor, node[0].astext(), PAGE if first else TITLE)
        elif isinstance(node, nodes.definition_list_item) and isinstance(node.parent.parent, addnodes.glossary):
            for term in node.findall(nodes.term):
                found[node] = Place(docname, term["ids"][0], term.astext(), TERM)
    by_id = {name: place for node, place in found.items() for name in node["ids"]}
    blocks = {block.id: block for block in blocks_of(env, docname)}
    for node in doctree.findall(nodes.literal_block):
        if (block := blocks.get(node.get("snippet_id", ""))) and (here := _around(node, found)):
            lines = block.text.split("\n")
            here.marked += [block.options[name] for name in ("logs", "fails") if name in block.options]
            here.marked += [lines[n - 1] for n in block.emphasized if n <= len(lines)]
            here.marked += lines if block.role == "file" and len(lines) <= SHORT else []
    for leaf in doctree.findall(lambda it: isinstance(it, (nodes.Text, addnodes.index))):
        if any({"tested", "snippet-verdict", "doctor-rules"} & {*it.get("classes", ())} for it in upwards(leaf.parent)):
            continue  # what it says of other places
        here = _around(leaf.parent, found)
        if isinstance(leaf, addnodes.index):
            for _, entry, target, *_ in leaf["entries"]:
                if place := by_id.get(target, here):
                    place.entries.append(entry)
        elif here and not isinstance(leaf.parent, (nodes.title, nodes.raw)):
            here.text.append(leaf.astext())
    return [place for place in found.values() if place.title != LEADS_ON]


def _around(node: nodes.Element, found: dict[nodes.Element, Place]) -> Place | None:
    return next((found[it] for it in upwards(node) if it in found), None)


def _told(place: Place) -> dict[str, float]:
    """Return what words are worth where they are told, beside what they are worth in the text."""

    def one(text: str, worth: float) -> dict[str, float]:
        of_it = {*words(text)}
        return dict.fromkeys(of_it, worth / len(of_it) ** 0.25) if of_it else {}

    best: dict[str, float] = {}
    for entry in place.entries:
        best |= {word: max(worth, best.get(word, 0)) for word, worth in one(entry, ENTRY).items()}
    told = one(place.title, place.worth)
    for more in (best, dict.fromkeys({word for line in place.marked for word in words(line)}, MARKED)):
        told |= {word: told.get(word, 0) + worth for word, worth in more.items()}
    return told


def ranked(found: Iterable[Place]) -> dict[str, Any]:
    """Return the index: for each word how rare it is, then in turn how many places on, and what it is worth there."""
    every = list(found)
    texts = [Counter(word for text in place.text for word in words(text)) for place in every]
    usual = sum(map(Counter.total, texts)) / max(len(every), 1) or 1.0  # pages of titles alone
    index: dict[str, dict[int, float]] = {}
    for n, (place, text) in enumerate(zip(every, texts, strict=True)):
        long = 1.6 + 0.4 * text.total() / usual
        for word, times in text.items():
            index.setdefault(word, {})[n] = times / (times + long)
        for word, worth in _told(place).items():
            there = index.setdefault(word, {})
            there[n] = there.get(n, 0) + worth
    rows: dict[str, list[int]] = {}
    for word, where in index.items():
        rare, last = math.log(1 + len(every) / len(where)), 0
        rows[word] = [round(10 * rare)]
        for n, worth in sorted(sorted(where.items(), key=lambda it: -it[1])[:MOST]):
            rows[word] += [n - last, max(1, round(3 * rare * worth))]  # small numbers, which compress well
            last = n
    return {"places": [[it.docname, it.title, _short(it)] for it in every], "words": rows}


def _short(place: Place) -> str | int:
    """Return the anchor, or 1 if it is what search.js makes of the title: a tenth of all places' names."""
    return 1 if place.anchor == re.sub("[^a-z0-9]+", "-", place.title.lower()).strip("-") else place.anchor


def packed(index: dict[str, Any]) -> dict[str, Any]:
    """Return the index with its words as one text and their rows as another, a character a number.

    A row that has all its places doesn't say how rare the word is: search.js counts them. Both make it a fifth
    lighter than lists are, once compressed. It is no object by words either: one of JavaScript has a
    ``constructor``, and takes ``__proto__`` for something else.
    """
    rows = (row if len(row) > 2 * MOST else row[1:] for row in index["words"].values())
    told = ("".join(chr(FIRST + number) for number in row) for row in rows)
    return {"places": index["places"], "words": " ".join(index["words"]), "rows": " ".join(told)}


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.name == "html":
        found = [place for docname in sorted(app.env.found_docs) for place in places(app.env, docname)]
        index = ranked(found)
        written = json.dumps(packed(index), separators=(",", ":"), ensure_ascii=False)
        Path(app.outdir, "_static/sections.js").write_text(f"Search.setIndex({written})\n")


def setup(app: Sphinx) -> None:
    """Write the index once all pages are read."""
    app.connect("build-finished", _write)
