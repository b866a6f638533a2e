"""Playwright's own browser. It is asked here and not in tests/unit: its Node.js needs what Chromium brings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import chromium


def test_playwrights_own_browser_is_taken_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    assert chromium._own() == ""
    told = subprocess.run([sys.executable, "-c", chromium._OWN], capture_output=True, text=True, check=True)
    program = Path(told.stdout.strip())
    program.parent.mkdir(parents=True)
    program.touch()
    assert chromium._own() == str(program)
    assert program.is_relative_to(tmp_path)
