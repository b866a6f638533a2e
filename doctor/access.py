"""Who may have what Apache serves: the ``Require`` of 2.4, and the words of 2.2 beside it."""

from __future__ import annotations

from typing import Iterator, NamedTuple

from doctor.model import Host, merged
from doctor.tree import Directive


class Access(NamedTuple):
    """What holds for a file at a URL.

    ``required`` is what decides in 2.4; ``state`` is ``open`` for everyone, ``closed`` for everyone, or ``some``.
    ``old`` has the directives of 2.2 that count, ``closed_by_old`` whether they let nobody in.
    """

    state: str
    required: list[Directive]
    old: list[Directive]
    closed_by_old: bool
    satisfy_any: Directive | None


def requirements(section: Directive) -> Iterator[Directive]:
    """Give the ``Require`` directives of a section, also those in containers; not those of sections for other files."""
    for child in section.children:
        if child.key == "require":
            yield child
        elif child.key in ("requireany", "requireall", "requirenone", "limit", "limitexcept"):
            yield from requirements(child)


def access(host: Host, path: str, url: str) -> Access:
    """Return who may have a file at a URL."""
    required: list[Directive] = []
    order: Directive | None = None
    rules: list[Directive] = []
    satisfy: Directive | None = None
    for section in merged(host, path, url):
        required = list(requirements(section)) or required
        said = section.of("allow", "deny")
        order = (section.of("order") or [order])[-1]  # type: ignore[list-item]
        rules = said or rules
        satisfy = (section.of("satisfy") or [satisfy])[-1]  # type: ignore[list-item]
    old = [one for one in [order, *rules, satisfy] if one is not None]
    any_of = satisfy if satisfy is not None and satisfy.first.lower() == "any" else None
    return Access(state(required), required, old, closed(order, rules), any_of)


def state(required: list[Directive]) -> str:
    """Return whom some ``Require`` let in: everyone, nobody, or some."""
    said = [" ".join(one.arguments).lower() for one in required]
    plain = all(one.parent is None or not one.parent.key.startswith(("require", "limit")) for one in required)
    if not said or (plain and "all granted" in said):
        return "open"
    return "closed" if all(one == "all denied" for one in said) else "some"


def closed(order: Directive | None, rules: list[Directive]) -> bool:
    """Tell whether the rules of 2.2 let nobody in."""
    says = order.first.lower().replace(" ", "") if order else "deny,allow"
    allows = any(one.key == "allow" for one in rules)
    denies = any(one.key == "deny" and [word.lower() for word in one.arguments[1:]] == ["all"] for one in rules)
    if says in ("allow,deny", "mutual-failure"):
        return not allows or denies
    return denies and not allows
