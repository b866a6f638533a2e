"""The lists of packages hold for each Python that is promised, on Linux and macOS, and name no place of anybody's."""

from __future__ import annotations

import re
import subprocess
import tomllib

import pytest

from project import ROOT
from tests.environment import unmade

METADATA = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pins(name: str) -> list[str]:
    """Return what a list pins, each with its marker and its hashes."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / name).read_text(), flags=re.MULTILINE)
    return text.replace("\\\n", "").strip().split("\n")


def names(requirements: list[str]) -> set[str]:
    """Return the packages of requirements, as they are written in a list."""
    return {re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", line)[0]).lower() for line in requirements}


@pytest.mark.parametrize("name", ["requirements.txt", "lab/images/wheels.txt"])
def test_each_package_is_pinned_with_its_hashes_and_nothing_else_is_there(name: str) -> None:
    form = r"[a-z\d-]+==[\w.]+( ; [^;]+?)?( +--hash=sha256:[\da-f]{64})+"
    assert [line for line in pins(name) if not re.fullmatch(form, line)] == []
    assert "://" not in (ROOT / name).read_text()


def test_what_is_asked_for_is_pinned() -> None:
    assert names(METADATA["dependencies"]) <= names(pins("requirements.txt"))
    wanted = [
        line for line in (ROOT / "lab/images/wheels.in").read_text().lower().split("\n") if line and line[0] != "#"
    ]
    assert names(wanted) <= names(pins("lab/images/wheels.txt"))


def test_what_is_pinned_is_for_each_python_and_system() -> None:
    told = subprocess.run(
        ["make", "--dry-run", "lock"], cwd=ROOT, env=unmade(), capture_output=True, text=True, timeout=60, check=True
    ).stdout
    oldest = METADATA["requires-python"].removeprefix(">=")
    written = re.findall(rf"--universal --python-version {re.escape(oldest)} .*--output-file (\S+)", told)
    assert written == ["requirements.txt", "lab/images/wheels.txt"]
