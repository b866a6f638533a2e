"""Who may know whom: `_ext` ← `runner` → `lab`; `tools` may use all of these, and nobody uses `tools` or `tests`.

`doctor` stands alone, and only `_ext` reads its tables.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from project import ROOT
from runner.states import DECIDES

#: Room → the rooms that it may use.
MAY = {
    "_ext": {"_ext", "doctor"},
    "doctor": {"doctor"},
    "lab": {"lab"},
    "runner": {"_ext", "lab", "runner"},
    "tools": {"_ext", "lab", "runner", "tools"},
}
#: What the suite uses and what decides no verdict, and why not.
DECIDES_NOTHING = {
    "_ext/onefile.py": "joins the doctor, whose digest decides",
    "_ext/project.py": "where things are",
    "_ext/snippets/results.py": "keeps verdicts",
    "_ext/snippets/versions.py": "says what a version may look like",
    "lab/__init__.py": "says what the lab is",
    "lab/errors.py": "is the base of errors",
    "lab/image.py": "makes the image, whose name says what is in it",
    "lab/owner.py": "says whose a machine is",
    "lab/patience.py": "runs what makes an image",
    "runner/__init__.py": "says what the runner is",
    "runner/failure.py": "keeps what is left of a machine",
    "runner/progress.py": "tells of progress",
    "runner/results.py": "keeps verdicts",
    "runner/states.py": "names states by what made them",
    "runner/times.py": "tells how long pages took",
    "runner/versions.py": "asks for versions",
}


def home(module: str) -> Path | None:
    """Return the file of a module of ours."""
    for folder in (ROOT, ROOT / "_ext"):
        path = folder / module.replace(".", "/")
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
    return None


def imported(file: Path, text: str) -> Iterator[Path]:
    """Yield the files of ours that a module's text has it import, wherever in it."""
    for node in ast.walk(ast.parse(text)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        yield from (found for name in names if (found := home(name)))


def room(file: Path) -> str:
    return file.relative_to(ROOT).parts[0]


def wrong(file: Path, text: str) -> set[str]:
    """Return the rooms that a module uses and may not."""
    return {room(other) for other in imported(file, text)} - MAY[room(file)]


MODULES = [file for folder in MAY for file in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_uses_the_rooms_that_it_may(file: Path) -> None:
    assert wrong(file, file.read_text()) == set()


@pytest.mark.parametrize(
    ("place", "line", "rooms"),
    [
        ("_ext/snippets/collect.py", "from lab import image", {"lab"}),
        ("lab/machine.py", "from snippets.manifest import Block", {"_ext"}),
        ("lab/machine.py", "def f():\n    import runner.suite", {"runner"}),
        ("runner/suite.py", "from tools import cli", {"tools"}),
        ("tools/bench.py", "from tests import built", {"tests"}),
    ],
)
def test_a_way_back_is_found(place: str, line: str, rooms: set[str]) -> None:
    assert wrong(ROOT / place, line) == rooms


def too_long(text: str) -> bool:
    """Tell whether a module is longer than one reads in one sitting, and its first line does not say why."""
    return text.count("\n") > 300 and ". In one piece: " not in text.partition("\n")[0]


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_is_short_or_says_why_not(file: Path) -> None:
    assert not too_long(file.read_text())


def test_a_long_module_is_found() -> None:
    assert too_long('"""A module."""\n' * 301)
    assert not too_long('"""A module. In one piece: why."""\n' * 301)


def reached(file: Path) -> set[str]:
    """Return what a module uses, and what that uses, and so on: files by their place."""
    found, rest = set[Path](), [file]
    while rest:
        if (one := rest.pop()) not in found:
            found.add(one)
            rest += imported(one, one.read_text())
    return {str(one.relative_to(ROOT)) for one in found}


def test_what_decides_a_verdict_has_pages_run_again_and_nothing_else_does() -> None:
    used = reached(ROOT / "runner/suite.py") | reached(ROOT / "lab/agent/bootstrap.py")
    agent = {str(file.relative_to(ROOT)) for file in (ROOT / "lab/agent").glob("*.py")}  # a state's name has it all
    assert used - agent == set(DECIDES) | DECIDES_NOTHING.keys()
    assert not set(DECIDES) & DECIDES_NOTHING.keys()
