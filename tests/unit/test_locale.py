"""All files are in UTF-8, whatever the locale says: make sees to it, and without make one is told."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from project import ROOT
from tests.environment import unmade

#: A locale of another encoding, which is on every machine: ASCII's.
OTHER = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


def run(*command: str, place: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a command in that locale."""
    return subprocess.run(
        command, cwd=place, env=unmade() | OTHER, capture_output=True, text=True, timeout=60, check=False
    )


def test_make_has_python_read_utf_8(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text() + "\nasked:\n\t@$(PYTHON) -c '$(ASKED)'\n")
    asked = "ASKED=import locale; print(locale.getpreferredencoding(False).lower())"
    done = run("make", "--no-print-directory", "asked", asked, f"PYTHON={sys.executable}", place=tmp_path)
    assert done.stdout == "utf-8\n", done.stderr


@pytest.mark.parametrize("place", ["tests/unit/test_locale.py", "tests/browser"])
def test_without_make_one_line_says_what_to_type(place: str) -> None:
    done = run(sys.executable, "-m", "pytest", "-q", "--collect-only", place)
    assert done.returncode == 4
    told = r"Exit: the files are in UTF-8 and this locale's encoding is \S+\. Set PYTHONUTF8=1, as make does\n"
    assert re.fullmatch(told, done.stdout + done.stderr)
