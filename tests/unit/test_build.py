"""The manifests are made when something has changed, by one command at a time."""

from __future__ import annotations

import fcntl
import os
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from project import ROOT
from snippets import build
from snippets.manifest import Manifest, Page
from tests.project import EXTENSIONS

SOURCES = {
    "requirements.txt": "sphinx==1", "conf.py": "", "_ext/snippets/build.py": "", "tutorial/install.rst": "Install",
    "slides/index.rst": "", "snippets/install/site.conf": "<VirtualHost *:80>",
}  # fmt: skip


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give a project that has been read, and list the folders that Sphinx is asked to read from now on."""
    folders: list[str] = []

    def read(folder: str) -> subprocess.CompletedProcess[str]:
        folders.append(folder)
        page = Page(f"{folder}/index", f"{folder}/index.rst")
        Manifest((page,)).dump(tmp_path / f"build/snippets/{folder}.json")
        return subprocess.CompletedProcess(folder, 0)

    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "_build", read)
    for name, text in SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert [page.page for page in build.manifest().pages] == ["tutorial/index", "slides/index"]
    folders.clear()
    return folders


def test_sphinx_is_not_asked_twice_about_the_same_files(asked: list[str], tmp_path: Path) -> None:
    (tmp_path / "_ext/snippets/__pycache__").mkdir()
    (tmp_path / "_ext/snippets/__pycache__/build.pyc").write_text("")
    (tmp_path / "tutorial/install.rst").touch()
    assert [page.page for page in build.manifest().pages] == ["tutorial/index", "slides/index"]
    assert not asked


CHANGES: dict[str, Callable[[Path], object]] = {
    "another Sphinx": lambda at: (at / "requirements.txt").write_text("sphinx==2"),
    "the configuration": lambda at: (at / "conf.py").write_text("extensions = []"),
    "an extension": lambda at: (at / "_ext/snippets/build.py").write_text("#"),
    "a word of the same length": lambda at: (at / "tutorial/install.rst").write_text("install"),
    "a listing": lambda at: (at / "snippets/install/site.conf").write_text("<VirtualHost *:81>"),
    "a listing that is gone": lambda at: (at / "snippets/install/site.conf").unlink(),
    "a page more": lambda at: (at / "tutorial/more.rst").write_text(""),
    "a page with another name": lambda at: (at / "slides/index.rst").rename(at / "slides/other.rst"),
    "a manifest that is gone": lambda at: (at / "build/snippets/slides.json").unlink(),
    "a manifest that is damaged": lambda at: (at / "build/snippets/tutorial.json").write_text("{}"),
    "a note that is damaged": lambda at: (at / build.READ).write_bytes(b"\xff"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_sphinx_is_asked_after_a_change(asked: list[str], tmp_path: Path, change: Callable[[Path], object]) -> None:
    change(tmp_path)
    build.manifest()
    assert sorted(asked) == ["slides", "tutorial"]
    build.manifest()
    assert len(asked) == 2


def test_a_file_that_goes_while_the_others_are_looked_at_is_no_fault(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = tmp_path / "tutorial/.install.rst.swp"
    saved.write_text("")
    there = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda path: (there(path), path.name == saved.name and path.unlink())[0])
    build.manifest()
    assert not asked
    assert not saved.exists()


def test_pages_that_failed_fail_again(asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: str) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(folder, 1, stderr="install.rst:1: wrong")

    (tmp_path / "tutorial/install.rst").write_text("wrong")
    monkeypatch.setattr(build, "_build", fail)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"install\.rst:1: wrong"):
            build.manifest()


def test_a_page_that_changes_while_it_is_read_is_read_again(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, read = tmp_path / "tutorial/install.rst", build._build

    def slow(folder: str) -> subprocess.CompletedProcess[str]:
        done = read(folder)
        page.write_text("later")
        return done

    page.write_text("sooner")
    monkeypatch.setattr(build, "_build", slow)
    build.manifest()
    build.manifest()
    assert len(asked) == 4


def test_what_runs_the_blocks_loads_no_sphinx() -> None:
    code = (
        "import sys, runner.suite, snippets.build; print([name for name in sys.modules if name.startswith('sphinx')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(EXTENSIONS)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "[]\n"


def test_while_one_command_makes_the_manifest_others_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_taken() -> bool:
        with (tmp_path / "build/snippets.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def fail(folder: str) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(folder, 1 if is_taken() else 0, stderr="taken")

    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "_build", fail)
    with pytest.raises(ValueError, match="taken"):
        build.manifest()
    assert not is_taken()


def test_a_command_that_waits_says_so(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from snippets import build
build.ROOT = Path({str(tmp_path)!r})
with build._alone():
    print("its turn")
"""
    (tmp_path / "build").mkdir()
    with (tmp_path / "build/snippets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=EXTENSIONS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert waiting.stderr and select.select([waiting.stderr], [], [], 30)[0], "it waits without a word"
        assert waiting.stderr.readline() == "waiting: another command is reading the pages\n"
    assert waiting.communicate(timeout=30) == ("its turn\n", "")
