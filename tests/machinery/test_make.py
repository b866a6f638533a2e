"""Set-up says what is wrong in one line, and installs nothing it was asked not to."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lab import needs
from lab.engine import EngineError

ROOT = Path(__file__).parents[2]


def make(place: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make in a copy that has nothing but what set-up reads."""
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, place)
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=place, capture_output=True, text=True, timeout=60, check=False,
        env={key: value for key, value in os.environ.items() if not key.startswith("MAKE")} | environment,
    )  # fmt: skip


def python(place: Path, script: str) -> str:
    """Make an executable that plays python3."""
    fake = place / "fake-python"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    return f"PYTHON={fake}"


def lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]


def test_no_python_is_one_line(tmp_path: Path) -> None:
    assert lines(make(tmp_path, "serve", "PYTHON=python9")) == [
        "make: there is no python9. On Debian: sudo apt-get install python3 python3-venv"
    ]


def test_an_old_python_is_one_line(tmp_path: Path) -> None:
    fake = python(tmp_path, '[ "$1" = -V ] && echo Python 3.9.2 && exit; exit 1')
    assert lines(make(tmp_path, "serve", fake)) == [
        f"make: {tmp_path}/fake-python is Python 3.9.2, 3.11 or newer is needed. Name one: make PYTHON=python3.12"
    ]


def test_a_missing_venv_module_is_one_line(tmp_path: Path) -> None:
    fake = python(tmp_path, 'case "$2" in *venv*) exit 1;; esac')
    assert lines(make(tmp_path, "serve", fake)) == [
        f"make: {tmp_path}/fake-python has no venv module. On Debian: sudo apt-get install python3-venv"
    ]


def pythons(place: Path, *names: str) -> None:
    """Make executables that play Pythons of these names: an environment links to its own, and installs anything."""
    for name in names:
        fake = place / name
        fake.write_text(
            '#!/bin/sh\ncase "$*" in\n'
            f"*'print(sys.base_prefix'*) echo {fake} 3 12;;\n"
            f'"-m venv"*) rm -rf "$4"; mkdir -p "$4/bin"; ln -s {fake} "$4/bin/python"; echo made by {name};;\n'
            "esac\n"
        )
        fake.chmod(0o755)


READY = ("--assume-old=requirements.txt", ".venv/ready")


def made(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return what environments were made."""
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith("made by")]


def test_the_environment_is_of_the_python_that_is_wanted(tmp_path: Path) -> None:
    pythons(tmp_path, "one", "other")
    one, other = f"PYTHON={tmp_path}/one", f"PYTHON={tmp_path}/other"
    assert made(make(tmp_path, *READY, one)) == ["made by one"]
    assert made(make(tmp_path, *READY, one)) == []
    assert made(make(tmp_path, *READY, other)) == ["made by other"]
    assert made(make(tmp_path, *READY, PYTHON=f"{tmp_path}/one")) == ["made by one"]
    assert made(make(tmp_path, *READY)) == []  # whichever there is, if none is named


def test_an_environment_is_made_anew_once_its_python_has_gone_or_is_another(tmp_path: Path) -> None:
    pythons(tmp_path, "python3", "newer")
    path = f"{tmp_path}:{os.environ['PATH']}"
    assert made(make(tmp_path, *READY, PATH=path)) == ["made by python3"]
    (tmp_path / ".venv/bin/python").unlink()
    assert made(make(tmp_path, *READY, PATH=path)) == ["made by python3"]
    (tmp_path / ".venv/bin/python").unlink()
    (tmp_path / ".venv/bin/python").symlink_to(tmp_path / "newer")
    assert made(make(tmp_path, *READY, PATH=path)) == ["made by python3"]
    assert made(make(tmp_path, *READY, PATH=path)) == []


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    (tmp_path / ".venv/ready").write_text(f"{sys.base_prefix} {sys.version_info[0]} {sys.version_info[1]}\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = make(tmp_path, "--assume-old=requirements.txt", "serve", f"PORT={port}")
    assert lines(done) == [f"make: port {port} is taken. Name another: make serve PORT=8001"]


@pytest.mark.parametrize("need", needs.PACKAGES)
def test_nothing_is_installed_that_was_refused(need: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_INSTALL", "1")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("something was run"))
    with pytest.raises(needs.NeedsError, match="Type: sudo apt-get install"):
        needs.install(need, needs.PACKAGES[need][0])


def test_a_program_that_is_there_is_not_installed_once_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert needs.missing("browser-lab-tools") == needs.PACKAGES["browser-lab-tools"][0]
    for name in ("node", "npm"):
        (tmp_path / name).touch(0o755)
    assert needs.missing("browser-lab-tools") == ("mmdebstrap", "arch-test", "zstd", "cpio")


def test_an_engine_that_is_missing_is_installed_and_one_that_is_broken_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("LAB_ENGINE", raising=False)
    assert needs.missing("engine") == needs.PACKAGES["engine"][0]
    (tmp_path / "podman").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "podman").chmod(0o755)
    with pytest.raises(EngineError):
        needs.missing("engine")


def test_the_reference_is_recorded_before_a_browser_is_asked_for(tmp_path: Path) -> None:
    told = make(tmp_path, "--dry-run", "record").stdout
    steps = [told.index(f"-m {step}") for step in ("lab.reference", "lab.needs browser-there", "tests.pictures")]
    assert steps == sorted(steps)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("--page=tutorial/none", "no page 'tutorial/none'; there are: tutorial/index, "),
        ("--page=tutorial/reference/glossary", "no blocks on tutorial/reference/glossary: nothing would be checked"),
        ("--lab=none", "LAB=none: it is trixie, bookworm, mod_wsgi-6 or all"),
    ],
)
def test_a_wrong_page_or_lab_is_said_without_a_traceback(wrong: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/pages", wrong],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"\n{said}" in done.stdout
    assert ".py:" not in done.stdout
