"""What the tutorial has around its text when it is a site."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from docutils import nodes

from project import ROOT
from snippets.manifest import Block, Manifest
from snippets.results import RECORDED, RESULTS, Results
from tests.project import Project
from tests.unit.test_verdicts import OF_LABS, run
from tools.addresses import gone
from website.minutes import minutes

CONF = 'extensions = ["snippets", "website"]\nhtml_theme = "basic"\nhighlight_language = "none"\n'
FURO = CONF.replace("basic", "furo") + f"templates_path = ['{ROOT}/tutorial/_templates']\n"
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


def machine(html: str) -> str:
    """Return the command that the page's last line has."""
    command = BeautifulSoup(html, "html.parser").select_one("section + .lesson-machine code")
    return command.text if command else ""


def test_a_lesson_says_where_it_starts_and_how_to_open_its_machine(project: Project) -> None:
    project.build("html")
    said = "About 1 minute · Starts from a fresh Debian · Use a machine without visitors"
    assert start(project.html("a")) == (said, "")
    said = "Starts from First & only · Use a machine without visitors"
    assert start(project.html("sub/b")) == (said, "../a.html")
    assert machine(project.html("a")) == "make try PAGE=tutorial/a"
    assert machine(project.html("sub/b")) == "make try PAGE=tutorial/sub/b"
    assert machine(project.html("c")) == ""


def test_the_minutes_are_those_of_the_words_the_commands_and_the_listings() -> None:
    def block(role: str, text: str, **options: str) -> Block:
        return Block("a.rst:1", "a", "a.rst", 1, "console", role, text, options=options)

    blocks = [
        block("transcript", "$ one\nout\n> more\n(venv) $ two"),  # 2 x 8 s, 2 lines
        block("file", "a\nb"),  # 20 s, 2 lines
        block("fragment", "a"),
        block("transcript", "\n".join(["$ old"] * 9), on="old"),
        block("transcript", "$ new", on="new newer"),
    ]
    page = nodes.document("", "")  # type: ignore[arg-type]
    page += nodes.paragraph("", "", nodes.Text("word " * 180))
    page += nodes.paragraph("", "", nodes.Text("Ran on … " * 180), classes=["snippet-verdict"])
    assert minutes(page, blocks[:3]) == 2  # 60 s and 41 s
    assert minutes(page, blocks) == 3  # and 72 s for who has the old one
    assert minutes(page, [block("unchecked", "a\n" * 59)]) == 2


@pytest.mark.parametrize(
    ("most", "name", "warned"),
    [
        ({"": 1}, "a", "a.rst: WARNING: this takes about 2 minutes, and 1 is the most"),
        ({"": 2, "sub": 1}, "sub/b", "b.rst: WARNING: this takes about 2 minutes, and 1 is the most"),
        ({"": 1, "sub": 2}, "sub/b", ""),
        ({"": 1}, "sub/b", ""),  # a page to look things up in
    ],
)
def test_a_page_that_takes_longer_than_those_of_its_folder_is_a_warning(
    project: Project, most: dict[str, int], name: str, warned: str
) -> None:
    project.write("conf.py", f"{CONF}website_minutes = {most}\n")
    project.write(f"tutorial/{name}.rst", PAGES[name] + "\nword" * 200)
    said = project.build("html", fails=bool(warned)).stderr
    assert warned in said if warned else "minutes" not in said
    if not warned:
        assert ("About 2 minutes" in str(start(project.html(name)))) == ("sub" in most)


def test_what_has_nothing_to_run_says_nothing(project: Project) -> None:
    project.build("html")
    assert start(project.html("c")) is start(project.html("index")) is None


def ran(project: Project, when: str, *, recorded: bool = False) -> None:
    """Have had a run in which all pages passed, here or elsewhere."""
    manifest = Manifest.load(project.manifest_file())
    pages = [blocks for page in manifest.pages if (blocks := manifest.of(page.page))]
    found = Results(OF_LABS, [run(lab, blocks, when) for lab in OF_LABS for blocks in pages])
    if recorded:
        found.record(project.place / RECORDED, manifest)
    else:
        found.dump(project.place / RESULTS)


def test_a_lesson_says_when_all_of_it_was_run_and_so_does_the_sitemap(project: Project) -> None:
    project.write("conf.py", f"{CONF}html_baseurl = 'https://example.org/'\n")
    project.write("tutorial/tested.rst", ":orphan:\n\nHow\n===\n")
    project.build()
    ran(project, "2026-12-01", recorded=True)
    project.build("html")
    said = "✓ 1 of 1 block ran · Debian 12, 13 · mod_wsgi 4.9, 5.0, 6.1 · 1 December 2026 · details"
    for name, how in (("a", "tested.html"), ("sub/b", "../tested.html")):
        line = BeautifulSoup(project.html(name), "html.parser").select_one("h1 + .lesson-start + .lesson-ran")
        assert line and line.a and " ".join(line.text.split()) == said
        assert (line.a["href"], line.time and line.time["datetime"]) == (how, "2026-12-01")
    assert "lesson-ran" not in project.html("c") + project.html("index")
    assert days(project) == {"a.html": "2026-12-01", "sub/b.html": "2026-12-01"}
    project.write("conf.py", f"{CONF}version = '1'\ncopyright = 'CC BY'\n")
    project.build("epub")
    book = ElementTree.parse(project.place / "build/epub/a.xhtml")
    texts = [" ".join("".join(it.itertext()).split()) for it in book.iter("{http://www.w3.org/1999/xhtml}p")]
    assert [text for text in texts if "ran" in text.lower()] == [said]
    project.write("conf.py", f"{CONF}html_baseurl = 'https://example.org/'\n")

    project.write("tutorial/a.rst", PAGES["a"].replace("$ true", "$ false"))
    for day in ("24", "25"):
        ran(project, f"2026-12-{day}")
        project.build("html")
        assert "lesson-ran" not in project.html("a")
        assert f"{day} December 2026" in project.html("sub/b")
        assert days(project) == {"sub/b.html": f"2026-12-{day}"}


def test_a_page_says_at_its_end_when_it_was_run(project: Project) -> None:
    project.build()
    ran(project, "2026-12-01", recorded=True)
    project.write("conf.py", FURO)
    project.build("html")
    whole = "Debian 12, 13 · mod_wsgi 4.9, 5.0, 6.1."
    assert f"This page was last run as a whole on 1 December 2026: {whole}" in trust(project, "a")
    for name in ("c", "index", "genindex"):
        said = f"There is nothing to run on this page. The others were last run on 1 December 2026: {whole}"
        assert said in trust(project, name)
    project.write("tutorial/a.rst", PAGES["a"].replace("$ true", "$ false"))
    project.build("html")
    assert "This page has changed since it was last run as a whole" in trust(project, "a")


def trust(project: Project, name: str) -> str:
    """Return what a page says at its end."""
    found = BeautifulSoup(project.html(name), "html.parser").select_one(".trust")
    return " ".join(found.get_text().split()) if found else ""


def days(project: Project) -> dict[str, str]:
    """Return the days that the sitemap has, by page."""
    sitemap = ElementTree.parse(project.place / "build/html/sitemap.xml")
    found = {str(url[0].text): url[1].text for url in sitemap.getroot() if len(url) > 1}
    return {place.removeprefix("https://example.org/"): str(day) for place, day in found.items()}


def pages(site: Path) -> list[str]:
    """Return the pages that are there to be read."""
    names = [path.relative_to(site).as_posix() for path in sorted(site.rglob("*.html"))]
    return [name for name in names if not re.match(r"(_|slides/|404|search|genindex)", name) and name not in gone()]
