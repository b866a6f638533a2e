"""``make update`` moves all that is pinned, and nothing else."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab import image
from lab.engine import EngineError
from project import ROOT
from tests.environment import unmade
from tools import update


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the lab's folder, which is what is updated during the test."""
    copy = tmp_path / "folder"
    shutil.copytree(image.HERE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(update.BROWSER_MACHINE, copy / "browser", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(image, "HERE", copy)
    monkeypatch.setattr(update, "BROWSER_MACHINE", copy / "browser")
    return copy


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Let pip fetch version 99 of whatever it is asked for; list what that is."""
    asked = []

    def download(folder: Path, name: str, *options: str, **environment: str) -> None:
        asked.append((name, *options, *environment))
        (folder / f"{name}-99.0.1.tar.gz").write_text(name)

    monkeypatch.setattr(image, "download", download)
    return asked


def npm(place: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let there be an npm that does this."""
    program = place / "npm"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}:/usr/bin:/bin")


def test_the_day_of_the_archive_is_today(folder: Path) -> None:
    (folder / "archive.txt").write_text("2020-01-31\n")
    update.archive()
    assert (folder / "archive.txt").read_text() == f"{datetime.now(UTC).date().isoformat()}\n"


def test_sources_are_the_newest_with_their_hashes(folder: Path, fetched: list[tuple[str, ...]]) -> None:
    before = (folder / "sdists.txt").read_text().splitlines()
    update.sources()
    after = (folder / "sdists.txt").read_text().splitlines()
    names = [line.partition("==")[0] for line in before if "==" in line]
    assert fetched == [(name, *image.SOURCES, "APXS") for name in names]
    assert after == [line for line in before if "==" not in line] + [
        f"{name}==99.0.1 --hash=sha256:{hashlib.sha256(name.encode()).hexdigest()}" for name in names
    ]


def test_the_emulator_is_the_newest(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm(
        tmp_path, monkeypatch,
        f"echo $PWD $* > {tmp_path}/asked; sed -i 's/\"v86\": .*/\"v86\": \"9.9.9\"/' package.json package-lock.json",
    )  # fmt: skip
    update.emulator()
    place, *asked = (tmp_path / "asked").read_text().split()
    assert Path(place).name == json.loads((ROOT / "tools/browser_machine/package-lock.json").read_text())["name"]
    assert not Path(place).exists()
    assert {"install", "--save-exact", "--omit-lockfile-registry-resolved", "--ignore-scripts"} <= set(asked)
    assert {it for it in asked if "@latest" in it} == {
        "@xterm/addon-fit@latest", "@xterm/xterm@latest", "pyodide@latest", "v86@latest",
    }  # fmt: skip
    for name in ("package.json", "package-lock.json"):
        assert '"v86": "9.9.9"' in (folder / "browser" / name).read_text()


def test_what_fails_is_said_in_one_place_and_changes_nothing(
    folder: Path, fetched: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm(tmp_path, monkeypatch, "echo broken > package.json; echo no such host >&2; exit 1")
    with pytest.raises(EngineError, match=r"^npm install failed: no such host$"):
        update.main()
    assert (folder / "browser/package.json").read_text() == (ROOT / "tools/browser_machine/package.json").read_text()


def test_make_update_moves_them_before_the_checks() -> None:
    told = subprocess.run(
        ["make", "--dry-run", "update"], cwd=ROOT, env=unmade(), capture_output=True, text=True, check=True
    ).stdout
    assert -1 < told.index("-m tools.update") < told.index("--output-file requirements.txt") < told.index("pytest")
