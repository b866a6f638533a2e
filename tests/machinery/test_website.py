"""What the tutorial has around its text when it is a site."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from snippets.manifest import Manifest
from tests.machinery.project import Project

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build/site"
CONF = 'extensions = ["snippets", "website"]\nhtml_theme = "basic"\nhighlight_language = "none"\n'
RUN = ".. code-block:: console\n\n   $ true\n"
PAGES = {
    "index": "Index\n=====\n\n.. toctree::\n\n   a\n   sub/b\n   c\n",
    "a": f"*First* & only\n==============\n\n{RUN}",
    "sub/b": f":starts-from: a\n\nSecond\n======\n\n{RUN}",
    "c": "Third\n=====\n\n.. code-block:: none\n   :unchecked: a drawing\n\n   o\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, {"conf.py": CONF} | {f"tutorial/{name}.rst": text for name, text in PAGES.items()})


# -- At the top of a lesson ------------------------------------------------------------------------


def start(html: str) -> tuple[str, str] | None:
    """Return what the line under the title says, and where it leads."""
    line = BeautifulSoup(html, "html.parser").select_one("h1 + .lesson-start")
    if not line:
        return None
    return " ".join(line.text.split()), str(line.a["href"]) if line.a else ""


def test_a_lesson_says_where_it_starts_and_how_to_open_its_machine(project: Project) -> None:
    project.build("html")
    assert start(project.html("a")) == ("Starts from a fresh Debian · Its machine: make try PAGE=tutorial/a", "")
    assert start(project.html("sub/b")) == (
        "Starts from First & only · Its machine: make try PAGE=tutorial/sub/b", "../a.html"
    )  # fmt: skip


def test_what_has_nothing_to_run_says_nothing(project: Project) -> None:
    project.build("html")
    assert start(project.html("c")) is start(project.html("index")) is None


def unlike_the_manifest(manifest: Manifest, site: Path) -> list[str]:
    """Return the pages whose first line is not what the manifest says of them."""
    found = []
    for page in manifest.pages:
        name = page.page.removeprefix("tutorial/")
        if not page.page.startswith("tutorial/"):
            continue
        runs = any(block.role != "unchecked" for block in manifest.of(page.page))
        said = start((site / f"{name}.html").read_text())
        wanted = f"make try PAGE={page.page}" if runs else ""
        if (said[0].partition("Its machine: ")[2] if said else "") != wanted or (
            said and bool(said[1]) != bool(page.starts_from)
        ):
            found.append(page.page)
    return found


def test_each_lesson_of_the_tutorial_says_so(manifest: Manifest) -> None:
    assert unlike_the_manifest(manifest, SITE) == []


def test_a_lesson_that_does_not_is_found(manifest: Manifest) -> None:
    assert unlike_the_manifest(Manifest(manifest.pages, ()), SITE) != []


# -- At its end ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the tutorial for an address, from a repository that can be seen."""
    place = tmp_path_factory.mktemp("published")
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "-c", ".", "-b", "html", "-d", place / "doctrees",
         "tutorial", place / "site"],
        cwd=ROOT, env=os.environ | {"SITE_URL": "https://example.org/wsgi/", "REPO_URL": "https://example.org/o/n/"},
        check=True, timeout=120,
    )  # fmt: skip
    return place / "site"


def page_links(site: Path) -> list[str]:
    soup = BeautifulSoup((site / "install.html").read_text(), "html.parser")
    return [str(link["href"]) for link in soup.select(".page-links a")]


def test_where_to_mend_a_page_is_said_if_there_is_a_repository(published: Path) -> None:
    edit, wrong = page_links(published)
    assert edit == "https://example.org/o/n/edit/main/tutorial/install.rst"
    assert wrong.startswith("https://example.org/o/n/issues/new?title=Install+Apache+and+mod_wsgi%3A+&body=")
    assert page_links(SITE) == []
