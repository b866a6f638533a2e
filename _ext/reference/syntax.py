"""How a directive or an option is written: one line, made of what the modules told and of names for its arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reference.answers import arguments, taken

#: What a module says of a word that is none of those it knows.
CHOICES = re.compile(r"must be one of: (.*)|Valid .* for this platform are: (.*)\.$")
#: How many arguments have to be given, by what :func:`reference.answers.arguments` says, and whether more may be.
COUNTS = {
    "one": (1, False),
    "one or two": (1, True),
    "any number, or none": (0, True),
    "at least one": (1, True),
    "at least two": (2, True),
    "at least three": (3, True),
}
#: What is in brackets may have blanks in it.
ARGUMENT = re.compile(r"(?:\[[^]]*\]|\S)+")
OPTIONAL = re.compile(r"\[[^]]*\]")


def of_directive(name: str, its: Mapping[str, Any], names: str) -> str:
    """Return the line for a directive.

    :param its: what one module says of it
    :param names: its arguments as the page calls them, those that may be left out in brackets; none if the module
                  itself says which words it takes
    :raises ValueError: the module says otherwise
    """
    choices = next((found for said in its["tests"].values() if (found := CHOICES.search(said))), None)
    if choices:
        names = _chosen(name, [word.strip() for word in re.split(r"[|,]", choices[1] or choices[2])], names)
    else:
        told, given = arguments(name, its), ARGUMENT.findall(names)
        optional = [it for it in given if OPTIONAL.fullmatch(it)]
        if COUNTS[told] != (len(given) - len(optional), bool(optional)):
            raise ValueError(f"{name} has arguments: {told}; ':arguments: {names}' says otherwise")
    line = f"{name} {names}"
    return f"<{line}>" if any(text.startswith("<") for text in its["tests"]) else line


def of_option(name: str, its: Mapping[str, str], names: str) -> str:
    """Return the line for an option of ``WSGIDaemonProcess``: its name, and its value as the page calls it.

    :raises ValueError: the page does not name it, or names it although the module takes ``On`` and ``Off`` alone
    """
    switch = [word for word in ("Off", "On") if taken(its.get(word, ""))]
    if not switch and not names:
        raise ValueError(f"{name}: name its value in ':arguments:'")
    return f"{name}={_chosen(name, switch, names) if switch else names}"


def _chosen(name: str, words: list[str], names: str) -> str:
    if names:
        raise ValueError(f"{name}: the module itself says what it takes, so ':arguments: {names}' says nothing")
    return "|".join(words)
