"""What is typed after a module's name, ``python -m tools.try_page PAGE AT LAB PORT``, and how Ctrl-C ends it."""

from __future__ import annotations

import sys
from types import TracebackType


def arguments(usage: str) -> list[str]:
    """Return the arguments by the words of the usage line, or end with that line. From now on Ctrl-C is one line too.

    A word in brackets may be missing, and is empty then; one in small letters is typed as it stands.

    :param usage: the module and its arguments
    :raises SystemExit: with status 2: there are others
    """
    sys.excepthook = _say
    given, found = sys.argv[1:], list[str]()
    for word in usage.split()[1:]:
        name = word.strip("[]")
        fits = bool(given) and (given[0] == name or not name.islower())
        if not fits and word == name:
            break
        found.append(given.pop(0) if fits else "")
    if given or len(found) < len(usage.split()) - 1:
        print(f"usage: python -m {usage}", file=sys.stderr)
        sys.exit(2)
    return found


def _say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell of what nobody has caught: of Ctrl-C without a traceback."""
    if issubclass(kind, KeyboardInterrupt):
        print("make: stopped", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)
