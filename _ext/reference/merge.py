"""The record: what the modules of all labs say, ``snippets/recorded/reference.json``.

It is written by ``tools.record.modules`` and read by the pages. What is the same on all labs stands once; what is not
has their names before it::

    {"mod_wsgi": {"@bookworm": "4.9.4", "@mod_wsgi-6": "6.1.1", "@trixie": "5.0.2"},
     "directives": {"WSGIScriptAlias": {"help": "...", "allowed": "...", "contexts": {...}, "tests": {...}},
                    "WSGISwitchInterval": {"@mod_wsgi-6": {"help": ...}}},
     "options": {"threads": {"5": "Syntax OK", "-1": "Invalid thread count for WSGI daemon process."}},
     "mistakes": {"root": {"text": "...", "said": "WSGI process blocked from running as root."}}}
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

#: The config test's last word on what it takes.
TAKEN = "Syntax OK"
APART = "@"


def merged(views: Mapping[str, Any]) -> Any:
    """Put together what several labs say, by lab: texts, or texts by name, or these by name."""
    first, *others = views.values()
    if all(other == first for other in others):
        return first
    if not all(isinstance(view, dict) for view in views.values()):
        return _apart(views)
    names = sorted({name for view in views.values() for name in view})
    made = {}
    for name in names:
        its = {lab: view[name] for lab, view in views.items() if name in view}
        made[name] = merged(its) if len(its) == len(views) else _apart(its)
    return made


def _apart(views: Mapping[str, Any]) -> dict[str, Any]:
    groups: list[tuple[list[str], Any]] = []
    for lab, said in views.items():
        group = next((labs for labs, it in groups if it == said), None)
        if group is None:
            groups.append(([lab], said))
        else:
            group.append(lab)
    return {APART + " ".join(sorted(labs)): said for labs, said in groups}


def view(record: Any, lab: str) -> Any:
    """Return what one lab says; ``None`` if it says nothing."""
    if not isinstance(record, dict):
        return record
    if any(name.startswith(APART) for name in record):
        return next((said for labs, said in record.items() if lab in labs.removeprefix(APART).split()), None)
    its = {name: view(said, lab) for name, said in record.items()}
    return {name: said for name, said in its.items() if said is not None}


def differences(recorded: Any, found: Any, place: str = "") -> Iterator[str]:
    """Yield where one lab says something else now than was recorded."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        for name in sorted(recorded.keys() | found.keys()):
            yield from differences(recorded.get(name), found.get(name), f"{place} › {name}" if place else name)
    elif recorded != found:
        yield f"{place}: recorded: {_said(recorded)}; it is: {_said(found)}"


def _said(said: Any) -> str:
    return "nothing" if said is None else repr(said) if isinstance(said, str) else "something"


def load(path: Path) -> dict[str, Any]:
    """Read the record.

    :raises ValueError: it cannot be read; the message says what to do
    """
    try:
        read: dict[str, Any] = json.loads(path.read_text())
        if not {"mod_wsgi", "directives", "options", "mistakes"} <= read.keys():
            raise ValueError("something is missing")
    except (OSError, ValueError, AttributeError) as error:
        raise ValueError(f"{path.name}: not the record of the modules ({error}); make record writes it") from error
    return read
