"""What a run of the tests says of what it did not check."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from project import ROOT
from tests import built

PROBE = """
import pytest

@pytest.mark.parametrize("n", range(3))
def test_skipped(n):
    pytest.skip("of the machine: make machine")

def test_site(site):
    pass
"""


def probe(place: Path, text: str) -> list[str]:
    """Run tests that are no part of the project, with what those of the project share; return what is said."""
    (place / "test_probe.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider",
         "-c", "pyproject.toml", f"--rootdir={ROOT}", str(place / "test_probe.py")],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )  # fmt: skip
    return (done.stdout + done.stderr).splitlines()


def test_what_was_not_checked_is_said_with_what_to_type(tmp_path: Path) -> None:
    assert "not checked: 3 tests of the machine: make machine" in probe(tmp_path, PROBE)


def test_a_test_that_has_nothing_to_look_at_fails(tmp_path: Path) -> None:
    said = probe(tmp_path, PROBE.replace("range(3)", "[]"))
    assert any("Empty parameter set" in line for line in said)


def test_without_a_site_one_line_says_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(built, "ROOT", tmp_path)
    with pytest.raises(pytest.fail.Exception, match=r"^there is no build/site/index.html: run make site$"):
        built.site()
