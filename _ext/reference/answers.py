"""What the record says, and what a lab's answers mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

from reference.merge import TAKEN, load, view
from reference.uses import named

#: Where a directive may stand, as Apache's documentation calls it.
CONTEXTS = {"server": "server config", "vhost": "virtual host", "directory": "directory", "htaccess": ".htaccess"}
#: The kinds of things, and where the record has them.
KINDS = {"directive": "directives", "option": "options", "mistake": "mistakes"}
T = TypeVar("T")


@dataclass(frozen=True)
class Record:
    """The record as the labs see it: a view for each, in the order of their versions."""

    views: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path) -> Record:
        """Read the record, unless it has been read as it is.

        :raises ValueError: it cannot be read; the message says what to do
        """
        return cls._load(path, path.stat().st_mtime_ns if path.exists() else 0)

    @classmethod
    @cache
    def _load(cls, path: Path, changed: int) -> Record:
        record = load(path)
        labs = {lab for key in record["mod_wsgi"] for lab in key.removeprefix("@").split()}
        views = {lab: view(record, lab) for lab in labs}
        return cls(dict(sorted(views.items(), key=lambda it: [int(part) for part in it[1]["mod_wsgi"].split(".")])))

    @cached_property
    def versions(self) -> dict[str, str]:
        """Return the versions by lab, as readers name them: ``5.0``."""
        return {lab: ".".join(its["mod_wsgi"].split(".")[:2]) for lab, its in self.views.items()}

    def names(self, kind: str) -> list[str]:
        """Return the names of all things of a kind."""
        return sorted({name for its in self.views.values() for name in its[KINDS[kind]]})

    def of(self, kind: str, name: str) -> dict[str, Any]:
        """Return what is recorded of a thing, by lab; of labs that do not have it, nothing."""
        found = {lab: its[KINDS[kind]].get(name) for lab, its in self.views.items()}
        return {lab: its for lab, its in found.items() if its is not None}

    def mistakes_about(self, name: str) -> list[str]:
        """Return the names of the mistakes whose text has an option or, where it has none, a directive."""
        options = set(self.names("option"))
        about = []
        for mistake in self.names("mistake"):
            text = next(iter(self.of("mistake", mistake).values()))["text"]
            there = {word for word, _ in named(text)}
            if name in (there & options or there):
                about.append(mistake)
        return about

    def told(self, labs: Iterable[str]) -> str:
        """Return the versions of some labs in words."""
        versions = [version for lab, version in self.versions.items() if lab in set(labs)]
        return " and ".join([*([", ".join(versions[:-1])] if versions[1:] else []), *versions[-1:]])


def by_lab(its: Mapping[str, Any], ask: Callable[[Any], T]) -> list[tuple[list[str], T]]:
    """Return what labs answer, each answer once, with the labs that gave it."""
    found: list[tuple[list[str], T]] = []
    for lab, its_own in its.items():
        answer = ask(its_own)
        labs = next((labs for labs, other in found if other == answer), None)
        if labs is None:
            found.append(([lab], answer))
        else:
            labs.append(lab)
    return found


# -- What a lab's answers mean -------------------------------------------------------------------


def taken(said: str) -> bool:
    """Tell whether the config test took what it was given."""
    return said.endswith(TAKEN)


def contexts(directive: Mapping[str, Any]) -> tuple[str, ...]:
    """Return where a directive may stand."""
    return tuple(name for name in CONTEXTS if taken(directive["contexts"][name]))


def override(directive: Mapping[str, Any]) -> str:
    """Return what ``AllowOverride`` has to include for a directive in an ``.htaccess``, if it may stand there."""
    found = re.search(r"when AllowOverride includes (.*)$", directive["allowed"])
    return found[1] if found else ""


def arguments(name: str, directive: Mapping[str, Any]) -> str:
    """Return how many arguments a directive has: as the config test tells, or at least as many as it has taken."""
    tests = {_arguments(name, text): said for text, said in directive["tests"].items()}
    if counted := re.search(r" takes (.*?) arguments?[, ]", f"{tests['']} "):
        return counted[1].replace("1-2", "one or two")
    least = min(len(given.split()) for given, said in tests.items() if taken(said))
    return ("any number, or none", "at least one", "at least two", "at least three")[least]


def _arguments(name: str, text: str) -> str:
    """Take its name away from a directive's text, and from a section's all but the arguments."""
    return text.split("\n")[0].removeprefix("<").removeprefix(name).removesuffix(">").strip()


def values(name: str, directive: Mapping[str, Any]) -> dict[str, str]:
    """Return the arguments that were tried on a directive, and what the config test says of each."""
    tests = {_arguments(name, text): said for text, said in directive["tests"].items()}
    return {given: said for given, said in tests.items() if given and not given.endswith("surplus")}
