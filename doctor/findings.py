"""What a rule is, what it finds, and in what."""

from __future__ import annotations

from typing import Callable, Iterable, NamedTuple

from doctor.model import Model
from doctor.tree import Directive, Place

BROKEN = "broken"  # requests fail, or something is open that should not be
NOT_AS_MEANT = "not as meant"  # it works, but does something other than it says
HINT = "hint"  # it's as it should be in one case, and not in another
LEVELS = (BROKEN, NOT_AS_MEANT, HINT)


class Rule(NamedTuple):
    """A mistake that can be found.

    :param id: also the name of the page, on the site, on which it is made to happen and put right
    :param needs: ``text``, ``files``, ``server`` or ``message``: what must be there to find it
    :param covers: rules that it is the reason for, which are not told beside it
    """

    id: str
    level: str
    title: str
    why: str
    needs: str = "text"
    covers: tuple[str, ...] = ()


class Finding(NamedTuple):
    """A mistake that was found: where, what it is here, and what to write instead."""

    rule: Rule
    place: Place
    what: str
    instead: str


class Case:
    """What is looked at.

    ``machine`` is what tells about files, accounts and processes; nothing if there is only text.
    """

    def __init__(self, model: Model, machine: object | None = None) -> None:
        self.model, self.machine = model, machine
        self.text: Directive | None = None  # the tree as this tool reads it, with what Apache doesn't print
        self.url: str | None = None  # that somebody asks for
        self.version: tuple[int, int] | None = None  # of mod_wsgi, that somebody asks about


#: A rule's function gives what it finds: where, what, and what to write instead.
Look = Callable[[Case], Iterable[Finding]]
RULES: dict[str, Rule] = {}
LOOKS: list[Look] = []


def rule(id: str, level: str, title: str, why: str, needs: str = "text", covers: tuple[str, ...] = ()) -> Rule:
    """Add a rule to the table; what looks for it is registered apart, as one look may tell several rules."""
    assert id not in RULES and level in LEVELS, id
    RULES[id] = Rule(id, level, title, why, needs, covers)
    return RULES[id]


def look(function: Look) -> Look:
    """Register a function that gives findings."""
    LOOKS.append(function)
    return function


def findings(case: Case) -> list[Finding]:
    """Return what is wrong, the worst first, then by place; each mistake once a line, whatever it does there."""
    found: dict[tuple[str, Place], Finding] = {}
    for one in (finding for function in LOOKS for finding in function(case)):
        before = found.get((one.rule.id, one.place))
        if before is None:
            found[one.rule.id, one.place] = one
        elif one.what not in before.what:
            found[one.rule.id, one.place] = before._replace(what=f"{before.what}; {one.what}")
    covered = {id for one in found.values() for id in one.rule.covers}
    left = [one for one in found.values() if one.rule.id not in covered]
    return sorted(left, key=lambda one: (LEVELS.index(one.rule.level), one.place, one.rule.id))
