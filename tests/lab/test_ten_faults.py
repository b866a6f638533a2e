"""Ten mutants: the suite is run on a copy of the project with one thing wrong, and has to notice.

Each runs as a maintainer would run it, in processes of its own, from the text of the page to the
exit status.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.engine import Engine
from project import ROOT

PARTS = ("conf.py", "pyproject.toml", "_ext", "doctor", "lab", "runner", "slides", "snippets", "tests", "tutorial")
PAGE = "tutorial/first-application"
LESSON = f"{PAGE}.rst"
SITE = "snippets/first-application/hello.conf"


@dataclass(frozen=True)
class Mutant:
    """One change in one file, and what the suite says of it."""

    name: str
    file: str
    right: str
    wrong: str
    said: str
    page: str = PAGE


MUTANTS = (
    Mutant("misspelt directive", SITE, "Require all", "Requier all", "Invalid command 'Requier'"),
    Mutant("wrong value", SITE, "all granted", "all grant", "must be 'granted' or 'denied'"),
    Mutant("dropped closing tag", SITE, "</VirtualHost>\n", "", "<VirtualHost> was not closed"),
    Mutant("missing Require", SITE, "        Require all granted\n", "", "403 Forbidden"),
    Mutant(
        "unknown process group", SITE,
        "    <Directory", "    WSGIProcessGroup nobody\n    <Directory", "500 Internal Server Error",
    ),
    Mutant("wrong status", LESSON, "HTTP/1.1 403 Forbidden", "HTTP/1.1 404 Not Found", "HTTP/1.1 403 Forbidden"),
    Mutant(
        "changed word of output", LESSON,
        "$ curl http://hello.localhost/\n   Hello from a", "$ curl http://hello.localhost/\n   Hello from the",
        "Hello from the WSGI",
    ),
    Mutant("removed command", LESSON, "   $ sudo systemctl reload apache2\n", "", "Debian Default Page"),
    Mutant("file at another path", LESSON, ":caption: /srv/hello/wsgi.py", ":caption: /srv/wsgi.py", "No module named"),
    Mutant(
        "listing never enabled", LESSON,
        "   $ sudo a2ensite hello\n   Enabling site hello.\n"
        "   To activate the new configuration, you need to run:\n     systemctl reload apache2\n",
        "", "Debian Default Page",
    ),
)  # fmt: skip


def run_copy(place: Path, mutant: Mutant | None) -> subprocess.CompletedProcess[str]:
    """Run the suite on one page of a copy of the project, with one thing wrong."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, place / part)
    if mutant:
        text = (place / mutant.file).read_text()
        assert mutant.right in text, f"{mutant.name}: {mutant.file} has changed"
        (place / mutant.file).write_text(text.replace(mutant.right, mutant.wrong, 1))
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/pages/test_pages.py", f"--page={PAGE}"],
        cwd=place, capture_output=True, text=True, timeout=600, check=False,  # slow beside other tests
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


Runs = dict[str, "Future[subprocess.CompletedProcess[str]]"]


@pytest.fixture(scope="module")
def runs(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """All mutants, as many at a time as there are cores; the page as it is goes first."""
    control = run_copy(tmp_path_factory.mktemp("control"), None)
    assert control.returncode == 0, control.stdout
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        places = {mutant: tmp_path_factory.mktemp("mutant") for mutant in MUTANTS}
        yield {mutant.name: pool.submit(run_copy, place, mutant) for mutant, place in places.items()}


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_the_suite_fails_on(mutant: Mutant, runs: Runs) -> None:
    done = runs[mutant.name].result()
    assert done.returncode == 1, done.stdout
    assert f"{LESSON}:" in done.stdout
    assert mutant.said in done.stdout
