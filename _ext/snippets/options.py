"""The options added to ``code-block`` and ``literalinclude``, and what their values may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from docutils.parsers.rst import directives

#: Other names Pygments has for the languages the suite knows.
ALIASES = {"apacheconf": "apache", "apache2": "apache", "shell-session": "console"}

#: Where a fragment of configuration stands, as httpd names its contexts.
CONTEXTS = ("server", "vhost", "directory", "htaccess")


def _context(value: str) -> str:
    return directives.choice(value, CONTEXTS)


def _text(value: str) -> str:
    return " ".join(directives.unchanged_required(value).split())


def _lines(value: str) -> str:
    return "\n".join(line.strip() for line in directives.unchanged_required(value).split("\n") if line.strip())


def _names(value: str) -> str:
    return " ".join(directives.unchanged_required(value).replace(",", " ").split())


def _number(low: int, high: int) -> Callable[[str], str]:
    def check(value: str | None) -> str:
        if not (value and value.isdecimal() and low <= int(value) <= high):
            raise ValueError(f"it must be a number from {low} to {high}")
        return str(int(value))

    return check


#: Option → (the languages it belongs to; none: all, what reads its value).
OPTIONS: dict[str, tuple[tuple[str, ...], Callable[[str], str]]] = {
    "context": (("apache",), _context),
    "fails": (("apache",), _text),
    "exit": (("console",), _number(1, 255)),
    "terminal": (("console",), _number(2, 9)),
    "limit": (("console",), _number(1, 600)),
    "logs": (("console",), _lines),
    "doctor": (("console",), _names),
    "on": ((), _names),
    "unchecked": ((), _text),
}

SPEC = {name: read for name, (_, read) in OPTIONS.items()}


def misplaced(options: Iterable[str], language: str) -> list[str]:
    """Return one message for each option that means nothing for this language."""
    return [
        f"':{name}:' belongs to {' or '.join(languages)}, not to {language}"
        for name in options
        if (languages := OPTIONS[name][0]) and language not in languages
    ]
