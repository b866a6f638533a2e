"""The last lines of Apache's error logs: the known messages in them, and when Apache last read its configuration."""

from __future__ import annotations

import os
import re
import time
from typing import NamedTuple

from doctor.messages import logged
from doctor.model import Model

TAIL = 1 << 18  # bytes that are read from the end of a log
READ = re.compile(r"AH00(489|292|163|170)\b")  # Apache has read its configuration, or is told to stop
TIME = re.compile(r"\[(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d)(?:\.(\d+))? (\d{4})\]")


class Seen(NamedTuple):
    """A known message in a log: its last line, how often it is there, and the pages that it leads to.

    ``whole`` says that all of the log was looked at, and not only what is behind the last start or reload.
    """

    pages: tuple[str, ...]
    file: str
    line: str
    times: int
    whole: bool = False


def files(model: Model, default: str) -> list[str]:
    """Return the error logs that a configuration names, and the distribution's own."""
    named = [one.first for one in model.tree.walk() if one.key == "errorlog"]
    return [path for path in dict.fromkeys([*named, default]) if path.startswith("/") and os.path.isfile(path)]


def tail(path: str) -> list[str]:
    """Return a log's last lines; nothing if it can't be read."""
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - TAIL))
            said = file.read(TAIL)
    except OSError:
        return []
    return said.decode("utf-8", "replace").split("\n")


def patterns() -> list[tuple[re.Pattern[str], tuple[str, ...]]]:
    """Return an expression for each message, with its pages; the longest message first, as it says most."""
    found = []
    for messages, pages in logged():
        for message in messages:
            # Behind the code, a real line has more: what was asked for, and where that is.
            said = re.sub(r"^(AH\d+): ", r"\1…", message)
            words = r"[^\n]*?".join(re.escape(part.strip()) for part in said.split("…"))
            found.append((len(message), re.compile(words), tuple(pages)))
    return [(pattern, pages) for _, pattern, pages in sorted(found, key=lambda one: -one[0])]


def seen(paths: list[str], whole: bool = False) -> list[Seen]:
    """Return the known messages since Apache last read its configuration, each once, with its last line.

    :param whole: whether the messages before that are known, too: in lines that somebody has picked out
    """
    known = patterns()
    found: dict[tuple[str, ...], Seen] = {}
    for path in paths:
        lines = tail(path)
        for line in lines if whole else since(lines):
            for pattern, pages in known:
                if pattern.search(line):
                    before = found.pop(pages, None)
                    found[pages] = Seen(pages, path, line.strip(), before.times + 1 if before else 1, whole)
                    break
    return list(found.values())


def since(lines: list[str]) -> list[str]:
    """Return the lines since Apache last read its configuration; all, if none says that."""
    at = [number for number, line in enumerate(lines) if READ.search(line)]
    return lines[at[-1] + 1 :] if at else lines


def read_at(path: str) -> float | None:
    """Return when Apache last read its configuration, in seconds since the epoch, if its log tells."""
    told = [line for line in tail(path) if READ.search(line)]
    found = TIME.match(told[-1]) if told else None
    if found is None:
        return None
    try:
        whole = time.mktime(time.strptime(f"{found[1]} {found[3]}", "%a %b %d %H:%M:%S %Y"))
    except ValueError:
        return None
    return whole + float("0." + (found[2] or "0"))
