"""Set-up says what is wrong in one line, and installs nothing it was asked not to."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lab import image
from lab.errors import UserError
from project import ROOT
from tests.environment import unmade
from tools import serve


def make(place: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make in a copy that has nothing but what set-up reads."""
    for name in ("Makefile", "requirements.txt"):
        shutil.copy2(ROOT / name, place)  # not newer than an environment that a test makes
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=place, capture_output=True, text=True, timeout=60, check=False,
        env=unmade() | environment,
    )  # fmt: skip


def python(place: Path, script: str) -> str:
    """Make an executable that plays python3."""
    fake = place / "fake-python"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    return f"PYTHON={fake}"


def lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stderr.splitlines() if not re.match(r"make(\[\d\])?: \*\*\*", line)]


def test_what_was_typed_for_one_make_is_not_for_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PORT": "1", "PYTHON": "python9", "MAKEFLAGS": " -- PORT=1"}.items():
        monkeypatch.setenv(name, value)
    assert "rebuilt on change (PORT=8000)" in make(tmp_path, "help").stdout


def test_no_python_is_one_line(tmp_path: Path) -> None:
    assert lines(make(tmp_path, "serve", "PYTHON=python9")) == [
        "make: there is no python9. On Debian: sudo apt-get install python3 python3-venv"
    ]


@pytest.mark.parametrize("there", ["build", "build/engine", ".venv"])
def test_what_root_has_left_is_one_line(tmp_path: Path, there: str) -> None:
    (tmp_path / there).mkdir(parents=True)
    who = tmp_path / "id"
    who.write_text("#!/bin/sh\ncase $1 in -u) echo 4242;; *) echo visitor;; esac\n")
    who.chmod(0o755)
    (line,) = lines(make(tmp_path, "serve", PATH=f"{tmp_path}:{os.environ['PATH']}"))
    first = there.partition("/")[0]
    assert line.startswith(f"make: {first}")
    assert line.endswith(f" belongs to another user, from an earlier run as root. Type: sudo chown -R visitor {first}")
    who.write_text("#!/bin/sh\necho 0\n")  # root writes everywhere
    fake = python(tmp_path, "echo asked >&2; exit 1")
    assert "another user" not in make(tmp_path, "serve", fake, PATH=f"{tmp_path}:{os.environ['PATH']}").stderr


def test_an_old_python_is_one_line(tmp_path: Path) -> None:
    fake = python(tmp_path, '[ "$1" = -V ] && echo Python 3.9.2 && exit; exit 1')
    assert lines(make(tmp_path, "serve", fake)) == [
        f"make: {tmp_path}/fake-python is Python 3.9.2, but 3.11 or newer is needed. Name one: make PYTHON=python3.12"
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


def test_each_module_that_make_runs_is_found(tmp_path: Path) -> None:
    modules = sorted(set(re.findall(r" -m ((?:lab|tools)\.[\w.]+)", (ROOT / "Makefile").read_text())))
    asked = tmp_path / "asked"
    asked.write_text(f"asked:\n\t@$(PYTHON) -c 'import {', '.join(modules)}'\n")
    done = subprocess.run(
        ["make", "-f", "Makefile", "-f", asked, "asked", f"PYTHON={sys.executable}"],
        cwd=ROOT, env=unmade() | {"PYTHONPATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert len(modules) > 10
    assert done.returncode == 0, done.stderr


def test_a_taken_port_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(UserError, match=rf"^port {port}: Address already in use\. Name another: "):
            serve.main(port)


# -- Each target that `make help` tells of, in a clone that has built nothing -----------------------

HELP = subprocess.run(
    ["make", "--no-print-directory", "help"], cwd=ROOT, env=unmade(), capture_output=True, text=True, check=True
).stdout
#: Target → what is told of it; a line may tell of several.
TARGETS = {
    name: told
    for names, told in re.findall(
        r"^  make ([a-z -]+?)(?:: |(?: PAGE=…)?  +)(.*(?:\n {24}.*)*)",
        HELP.replace("; make ", "\n  make "),
        re.MULTILINE,
    )
    for name in names.split()
}
#: What may be typed, and is not looked at: any text will do.
FREE = {"FRESH", "OFFLINE", "SITE_URL"}


def test_help_tells_of_every_target_that_is_not_a_part_of_another() -> None:
    parts = {
        "help", "typed", "one-page", "results-named", "something-ran", "anew", "blocks", "told", "pictures",
        "manifest", "tutorial-html", "llms", "slides-html", "engine", "chromium", "browser-machine-tools", "epubcheck",
        "host-tools",
    }  # fmt: skip
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    assert TARGETS.keys() == set(phony[1].split()) - parts


@pytest.mark.parametrize("target", TARGETS)
def test_from_nothing_a_target_works_or_says_first_what_is_missing(tmp_path: Path, target: str) -> None:
    done = make(tmp_path, target, "PYTHON=python9")
    said = {
        "clean": [],
        "try": ["make: name a page: make try PAGE=tutorial/install"],
        "merge": ["make: name the results: make merge RESULTS='one.json other.json'"],
        "watch": ["make: name a page: make watch PAGE=tutorial/install"],
        "record": [unrun := "make: nothing has run yet: make snippets-test LAB=all"],
        "verdicts": [unrun],
    }.get(target, ["make: there is no python9. On Debian: sudo apt-get install python3 python3-venv"])
    assert lines(done) == said
    assert (done.returncode == 0) == (said == [])


@pytest.mark.parametrize(
    ("target", "variable"),
    [
        (name, it)
        for name, told in TARGETS.items()
        for it in ["PAGE"] * (name in ("try", "watch")) + re.findall(r"\b([A-Z_]{2,})=", told)
        if it not in FREE
    ],
)
def test_a_slip_in_what_is_typed_is_said_before_anything_is_set_up(tmp_path: Path, target: str, variable: str) -> None:
    assert len(said := lines(make(tmp_path, target, f"{variable}=a slip", "PYTHON=python9"))) == 1
    assert said[0].startswith(f"make: {variable}=a slip: ")


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        *(("PORT=" + it, it in ("1", "65535")) for it in ("1", "65535", "0", "65536", "-1", "1.5", "99999999999", "")),
        *(("RUNS=" + it, it == "100") for it in ("100", "0", "x")),
        *(("SEED=" + it, it in ("4294967295", "")) for it in ("4294967295", "", "x")),
        *(("AT=" + it, it in ("start", "end")) for it in ("start", "end", "", "*")),
        *(("LAB=" + it, it in (*image.LABS, "all")) for it in (*image.LABS, "all", "", "*", "trixie all", "sid")),
        ("PAGE=tutorial/install", False),
        ("PAGE=", True),
    ],
)
def test_what_may_be_typed(tmp_path: Path, typed: str, right: bool) -> None:
    done = make(tmp_path, "typed", typed)
    assert (done.returncode == 0) == right
    assert len(lines(done)) == (not right)


def test_an_engine_is_asked_for_before_a_minute_goes_into_an_environment(tmp_path: Path) -> None:
    fake = python(tmp_path, 'case "$*" in *venv*) exit;; *"-m venv"*) echo built >&2;; *tools.needs*) exit 3;; esac')
    for target in ("test", "try", "test-lab", "snippets-test", "pdf", "epub", "browser-machine"):
        (tmp_path / "tutorial").mkdir(exist_ok=True)
        (tmp_path / "tutorial/install.rst").touch()
        done = make(tmp_path, target, fake, "PAGE=tutorial/install")
        assert done.returncode
        assert lines(done) == [], target


# -- With an environment ----------------------------------------------------------------------------


def environment(place: Path, script: str) -> None:
    """Make an environment whose Python is a script."""
    (place / ".venv/bin").mkdir(parents=True)
    (place / "build").mkdir()
    fake = place / ".venv/bin/python"
    fake.write_text(f'#!/bin/sh\n[ "$1" = -c ] && echo here && exit\n{script}\n')
    fake.chmod(0o755)
    (place / ".venv/ready").write_text("here\n")


def test_one_thing_after_another_whatever_makeflags_says(tmp_path: Path) -> None:
    environment(tmp_path, "echo begin >> log; sleep 0.1; echo end >> log")
    done = make(tmp_path, "test", MAKEFLAGS="-j8")
    assert done.returncode == 0, done.stderr
    log = (tmp_path / "log").read_text().split()
    assert log == ["begin", "end"] * (len(log) // 2)
    assert len(log) > 20


def test_a_run_that_failed_takes_back_what_the_site_says(tmp_path: Path) -> None:
    environment(tmp_path, 'echo "$*" >> log; case "$*" in *tests/pages*) exit 1;; esac')
    assert make(tmp_path, "snippets-test").returncode
    tests, *then = [line for line in (tmp_path / "log").read_text().splitlines() if "tools.needs" not in line]
    assert "tests/pages" in tests
    assert any("tutorial build/site" in line for line in then)


def test_nothing_runs_when_make_is_asked_what_it_would_do(tmp_path: Path) -> None:
    environment(tmp_path, 'echo "$*" >> log')
    for target in TARGETS:
        assert make(tmp_path, "--dry-run", target, "PAGE=").returncode == 0
    assert not (tmp_path / "log").exists()


def test_what_needs_less_is_recorded_before_what_needs_more(tmp_path: Path) -> None:
    told = make(tmp_path, "--dry-run", "record").stdout
    order = ("tools.record.verdicts", "tools.record.modules", "tools.needs chromium", "tools.record.pictures")
    steps = [told.index(f"-m {step}\n") for step in order]
    assert steps == sorted(steps)


@pytest.mark.parametrize(
    ("page", "modules"), [("", True), ("tutorial/first-application", False), ("tutorial/reference/directives", True)]
)
def test_one_page_is_all_that_is_looked_at(page: str, modules: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--collect-only", "tests/pages", f"--page={page}"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert ("test_modules.py" in done.stdout) == modules
    assert {name for name in re.findall(r"test_block\[(.*?)\.rst", done.stdout) if page} <= {page}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("--page=tutorial/none", "no page 'tutorial/none'; there are: tutorial/index, "),
        ("--page=tutorial/reference/glossary", "no blocks on tutorial/reference/glossary: nothing would be checked"),
        ("--lab=none", "LAB=none: it must be trixie, bookworm, mod_wsgi-6 or all"),
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
