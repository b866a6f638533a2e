"""On GitHub a failure stands at its file and line, and nothing that a page prints is taken for a command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from project import ROOT
from runner import github

TESTS = """
import pytest

def test_a_page():
    print("::error::from a machine")
    pytest.fail("tutorial/install.rst:42: $ curl\\n  the page shows:\\n    100%, a\\n::add-mask::a\\n", pytrace=False)

def test_of_ours():
    assert 1 == 2

def test_good():
    pass
"""


def run(place: Path, **environment: str) -> list[str]:
    place.joinpath("conftest.py").write_text(
        "from runner import github\n\n\ndef pytest_configure(config):\n    github.register(config)\n"
    )
    place.joinpath("test_some.py").write_text(TESTS)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:playwright", "-p", "no:cacheprovider", f"--rootdir={place}"],
        cwd=place, env=clean | {"PYTHONPATH": str(ROOT)} | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_failures_are_annotated_and_nothing_else_is_a_command(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    lines = run(tmp_path, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    (stop,) = (at for at, line in enumerate(lines) if line.startswith("::stop-commands::"))
    token = lines[stop].rpartition("::")[2]
    assert re.fullmatch(r"[0-9a-f]{32}", token)
    again = lines.index(f"::{token}::")
    # GitHub trims a line before it looks for a command.
    commands = [line.strip() for line in (*lines[:stop], *lines[again + 1 :]) if line.strip().startswith("::")]
    assert commands == [
        "::error file=tutorial/install.rst,line=42::$ curl%0A  the page shows:%0A    100%25, a%0A::add-mask::a",
        "::error file=test_some.py,line=8::test_of_ours: assert 1 == 2",
    ]
    assert any("::add-mask::" in line for line in lines[stop:again])
    assert summary.read_text() == (
        "### 2 failed, 1 passed\n\n- `tutorial/install.rst:42` `$ curl`\n"
        "- `test_some.py:8` `test_of_ours: assert 1 == 2`\n\n"
    )


def test_elsewhere_nothing_is_told(tmp_path: Path) -> None:
    assert not [line for line in run(tmp_path) if re.match("::(stop-commands|error file)", line)]


def test_what_would_end_a_property_is_escaped() -> None:
    assert github.annotation("a:b,c%.rst", 1, "x\r\ny") == "::error file=a%3Ab%2Cc%25.rst,line=1::x%0D%0Ay"
