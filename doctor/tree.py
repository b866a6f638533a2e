"""A configuration as a tree of directives, whoever has read it."""

from __future__ import annotations

import re
from typing import Iterator, NamedTuple


class Place(NamedTuple):
    """Where a directive stands."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Directive:
    """A directive with its arguments, or a section with what is in it."""

    def __init__(self, name: str, rest: str, place: Place, parent: Directive | None = None, section: bool = False):
        """Make a directive.

        :param name: as it is written; the case means nothing to Apache
        :param rest: what stands behind the name, as it is written
        :param section: whether it is ``<Name rest>``
        """
        self.name, self.rest, self.place, self.parent = name, rest, place, parent
        self.key = name.lower()
        self.section = section
        self.children: list[Directive] = []
        self.arguments = words(rest)  # without their quotes
        self._by_key: dict[str, list[Directive]] = {}
        self._sorted = 0  # of the children

    @property
    def first(self) -> str:
        """The first word behind the name; empty if there is none."""
        return (self.arguments or [""])[0]

    def walk(self) -> Iterator[Directive]:
        """Give all that is in a section, sections included, in order."""
        for child in self.children:
            yield child
            yield from child.walk()

    def ancestors(self) -> Iterator[Directive]:
        """Give the sections around it, the nearest first, without the file's root."""
        node = self.parent
        while node is not None and node.parent is not None:
            yield node
            node = node.parent

    def inside(self, *keys: str) -> Directive | None:
        """Return the nearest section of one of these kinds that it's in."""
        return next((section for section in self.ancestors() if section.key in keys), None)

    def of(self, *keys: str) -> list[Directive]:
        """Return what stands directly in it and has one of these names."""
        for child in self.children[self._sorted :]:
            self._by_key.setdefault(child.key, []).append(child)
        self._sorted = len(self.children)
        if len(keys) == 1:
            return self._by_key.get(keys[0], [])
        if not any(key in self._by_key for key in keys):
            return []
        return [child for child in self.children if child.key in keys]

    def same(self, other: Directive) -> bool:
        """Tell whether two trees say the same, wherever they stand."""
        return (
            (self.key, self.arguments, self.section) == (other.key, other.arguments, other.section)
            and len(self.children) == len(other.children)
            and all(one.same(two) for one, two in zip(self.children, other.children))
        )

    def __repr__(self) -> str:
        return f"<{self.name} {self.rest} at {self.place}>"


def root() -> Directive:
    """Return an empty configuration."""
    return Directive("", "", Place("", 0))


def word(text: str, at: int) -> tuple[str, int]:
    r"""Return the word that begins at a place, and where it ends, as Apache's ``ap_getword_conf`` reads it.

    A word that begins with a quote ends at the next such quote without a backslash before it. In it, ``\"`` and ``\\``
    stand for ``"`` and ``\``. Anywhere else a quote or a backslash is a letter like others.
    """
    quote = text[at]
    if quote not in "\"'":
        end = at
        while end < len(text) and not text[end].isspace():
            end += 1
        return text[at:end], end
    at += 1
    said = ""
    while at < len(text) and text[at] != quote:
        if text[at] == "\\" and text[at + 1 : at + 2] in ("\\", quote) and at + 1 < len(text):
            at += 1
        said += text[at]
        at += 1
    return said, at + 1


def words(text: str) -> list[str]:
    """Split arguments as Apache does."""
    found: list[str] = []
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at >= len(text):
            return found
        said, at = word(text, at)
        found.append(said)


OPTION = re.compile(r"\s*([^\s=]+)=")


def options(text: str, skip: int) -> dict[str, str]:
    """Return the ``name=value`` options behind some words."""
    return split_options(text, skip)[0]


def split_options(text: str, skip: int) -> tuple[dict[str, str], list[str]]:
    """Return the options behind some words, as mod_wsgi reads them: a value may be in quotes. And what is none."""
    at = 0
    for _ in range(skip):
        while at < len(text) and text[at].isspace():
            at += 1
        if at < len(text):
            _, at = word(text, at)
    found: dict[str, str] = {}
    left: list[str] = []
    while at < len(text):
        named = OPTION.match(text, at)
        if named is None:
            while at < len(text) and text[at].isspace():
                at += 1
            if at < len(text):
                said, at = word(text, at)
                left.append(said)
            continue
        at = named.end()
        found[named[1]], at = word(text, at) if at < len(text) and not text[at].isspace() else ("", at)
    return found, left
