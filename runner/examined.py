"""What the doctor finds on a page's machine, against what the page says that it finds: nothing, or ``:doctor: …``."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from lab.machine import Refused
from onefile import NAME, checksum, joined
from runner.told import indent
from snippets.manifest import Block

HOME = "/home/reader"
HINT = "hint"  # is for one case and not for another, so a right page may have it


@functools.cache
def program() -> str:
    """Return the doctor as one file."""
    return joined()


def fetched(ask: Callable[..., dict[str, Any]], block: Block) -> None:
    """Give a machine the doctor, where a reader has downloaded it, if a transcript uses it.

    :param ask: asks the machine's agent
    """
    if block.role == "transcript" and NAME in block.text:
        ask("write", path=f"{HOME}/{NAME}", text=program(), language="")
        ask("write", path=f"{HOME}/{NAME}.sha256", text=checksum(program()), language="")


def mistakes(said: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the doctor's report has as wrong: no hints, and no messages in logs."""
    return [one for one in said["findings"] if one["level"] != HINT]


def problem(ask: Callable[..., dict[str, Any]], block: Block) -> str:
    """Have the doctor look at the machine, as a block leaves it; say where it and the page part, or nothing.

    What the page names has to be found: as a mistake, as a hint, or by a message in a log. No mistake may be found
    that it doesn't name.

    :param ask: asks the machine's agent
    """
    named = set(block.options.get("doctor", "").split())
    try:
        answer = ask("examine", program=program())
    except Refused as refused:
        return f"{block.at(0)}: the doctor could not look at the machine: {refused}"
    if answer["status"] == 2 and not named:  # there is no Apache yet
        return ""
    try:
        said = json.loads(answer["said"])
    except ValueError:
        return f"{block.at(0)}: the doctor failed\n{indent(answer['errors'].strip())}"
    if said["reading"]:
        return (
            f"{block.at(0)}: the doctor reads the configuration otherwise than Apache does\n{indent(said['reading'])}"
        )
    wrong = {one["id"]: one for one in mistakes(said)}
    found = {one["id"] for one in said["findings"]} | {name for one in said["log"] for name in one["ids"]}
    if missing := named - found:
        told = ", ".join(sorted(found)) or "nothing"
        return f"{block.at(0)}: the page says that the doctor finds {', '.join(sorted(missing))}, but it finds {told}"
    if more := sorted(set(wrong) - named):
        lines = [f"{one}: {wrong[one]['file']}:{wrong[one]['line']}: {wrong[one]['here']}" for one in more]
        return (
            f"{block.at(0)}: the doctor finds what the page does not say (':doctor: {' '.join(more)}')\n{indent(lines)}"
        )
    return ""
