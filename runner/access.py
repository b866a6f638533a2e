"""What a configuration opens: access to more than it serves is a habit that no page should teach."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

#: Directives that lead a URL to a file or directory, which is their last path.
LEADS = re.compile(r"\s*(?:WSGIScriptAlias|ScriptAlias|Alias|DocumentRoot)\s+(?:\S+\s+)?\"?(/[^\s\"]+)", re.IGNORECASE)
OPENS = re.compile(r"\s*<Directory\s+\"?(/[^\s\">]*)\"?\s*>", re.IGNORECASE)
GRANTED = re.compile(r"\s*Require\s+all\s+granted\b", re.IGNORECASE)


def too_wide(configuration: str) -> tuple[int, str] | None:
    """Find a ``<Directory>`` that is opened to everybody, though what is served lies further down.

    It may be the directory that is served, or that of a file that is. Nothing is said of one from which nothing is
    served: that is another mistake, which a request shows.

    :return: its line, counted from 0, and what is wrong; ``None`` if nothing is
    """
    lines = configuration.split("\n")
    served = [PurePosixPath(found[1]) for line in lines if (found := LEADS.match(line))]
    for offset, opened in _opened(lines):
        below = [path for path in served if opened in path.parents]
        if below and opened not in (*served, *(path.parent for path in below)):
            return offset, f"opens {opened} to everybody, but only serves {below[0]}: open only what is served"
    return None


def _opened(lines: list[str]) -> Iterator[tuple[int, PurePosixPath]]:
    """Yield the directories that are opened to everybody, each with its line."""
    section: tuple[int, PurePosixPath] | None = None
    for offset, line in enumerate(lines):
        if found := OPENS.match(line):
            section = offset, PurePosixPath(found[1])
        elif GRANTED.match(line) and section:
            yield section
        elif line.strip().lower() == "</directory>":
            section = None
