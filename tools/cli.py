"""How a command takes what is typed after its name, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn

from lab.errors import UserError


def run(main: Callable[..., int | None], usage: str, *mended: type[Exception]) -> NoReturn:
    """Run a command with its arguments, and end this process with its status.

    What a person can mend is said in one line, and so is Ctrl-C; a fault of ours has its traceback.

    :param usage: the module and its arguments, for :func:`arguments`
    :param mended: what else a person can mend, of what this command raises
    """
    given = arguments(usage)
    told: tuple[type[Exception], ...] = (UserError, *mended)
    try:
        sys.exit(main(*given))
    except told as error:
        sys.exit(f"make: {error}")
    except KeyboardInterrupt:
        sys.exit("make: stopped")


def arguments(usage: str) -> list[str]:
    """Return the arguments by the words of the usage line, or end with that line.

    A word in brackets may be missing, and is empty then; one in small letters is typed as it stands; ``…`` at the end
    of the last is for any number.

    :param usage: the module and its arguments
    :raises SystemExit: with status 2: there are others
    """
    given, found = sys.argv[1:], list[str]()
    for word in usage.split()[1:]:
        if word.endswith("…"):
            return found + given
        name = word.strip("[]")
        fits = bool(given) and (given[0] == name or not name.islower())
        if not fits and word == name:
            break
        found.append(given.pop(0) if fits else "")
    if given or len(found) < len(usage.split()) - 1:
        print(f"usage: python -m {usage}", file=sys.stderr)
        sys.exit(2)
    return found
