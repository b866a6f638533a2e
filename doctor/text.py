"""A configuration file's text as a tree, the way Apache reads it."""

from __future__ import annotations

import re
from typing import Iterator

from doctor.tree import Directive, Place, root

NAME = re.compile(r"\S+")
OPENS = re.compile(r"<([^/\s>][^\s>]*)\s*(.*)$", re.DOTALL)
CLOSES = re.compile(r"</\s*([^\s>]+)")


def logical(text: str) -> Iterator[tuple[int, str]]:
    """Give a file's lines as Apache joins them: a backslash at the end of a line joins it to the next.

    Comments are joined too. They begin at the beginning of a line, nowhere else.

    :return: the number of the last line that was joined, which is how Apache counts, and the line without blanks
        around it
    """
    joined = ""
    number = 0
    for number, line in enumerate(text.split("\n"), 1):
        line = line[:-1] if line.endswith("\r") else line
        if line.endswith("\\"):
            joined += line[:-1]
            continue
        joined += line
        if joined.strip():
            yield number, joined.strip()
        joined = ""
    if joined.strip():
        yield number, joined.strip()


def read(text: str, file: str, problems: list[tuple[Place, str]] | None = None) -> Directive:
    """Return a file's directives.

    :param problems: gets where a section isn't closed, or another one is
    """
    top = root()
    here, said = top, [] if problems is None else problems
    for number, line in logical(text):
        place = Place(file, number)
        if line.startswith("#"):
            continue
        closed = CLOSES.match(line)
        opened = None if closed else OPENS.match(line)
        if closed:
            if here is top:
                said.append((place, f"</{closed[1]}> without an opening <{closed[1]}>"))
            elif closed[1].lower() != here.key:
                said.append((place, f"Expected </{here.name}> but saw </{closed[1]}>"))
                around = [section for section in here.ancestors() if section.key == closed[1].lower()]
                here = around[0].parent or top if around else here
            else:
                here = here.parent or top
        elif opened:
            rest = opened[2].strip()
            end = rest.rfind(">")
            section = Directive(opened[1], rest[:end].strip() if end >= 0 else rest, place, here, True)
            here.children.append(section)
            here = section
        else:
            name = NAME.match(line)
            assert name is not None
            here.children.append(Directive(name[0], line[name.end() :].strip(), place, here))
    while here is not top:
        said.append((here.place, f"<{here.name}> was not closed"))
        here = here.parent or top
    return top
