"""Languages' own checkers."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Callable


def fault(language: str, text: str) -> tuple[str, int | None] | None:
    """Return what a language's own checker has against a text, and the line it names; ``None`` if nothing."""
    try:
        CHECKERS[language](text)
    except SyntaxError as error:
        return f"{type(error).__name__}: {error.msg}", error.lineno
    except ValueError as error:
        named = re.search(r"line (\d+)", str(error))
        return str(error), int(named[1]) if named else None
    return None


def _python(text: str) -> None:
    compile(text, "page", "exec", dont_inherit=True)


def _bash(text: str) -> None:
    said = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    if said.returncode:
        raise ValueError(said.stderr.strip())


CHECKERS: dict[str, Callable[[str], object]] = {
    "python": _python,
    "json": json.loads,
    "toml": tomllib.loads,
    "bash": _bash,
    "sh": _bash,
}
