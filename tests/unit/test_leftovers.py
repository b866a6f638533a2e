"""A site has the same files whatever was built before it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.project import Project

CONF = """
extensions = ["snippets"] + (["deck"] if tags.has("slides") else ["website"])
html_theme = "basic"
html_static_path = revealjs_static_path = ["static"]
html_copy_source = False
html_additional_pages = {} if tags.has("slides") else {"404": "404.html"}
templates_path = ["templates"]
revealjs_html_theme = "revealjs-simple"
website_moved = "moved.toml"
"""
MORE = """A
=

.. image:: a.svg
   :alt: a

:download:`a.txt`

.. raw:: html

   <p style="color: red">x</p>
"""
FILES = {
    "conf.py": CONF,
    "templates/404.html": '{% extends "layout.html" %}',
    "moved.toml": '"old.html" = "index.html"\n',
    "static/a.css": "",
} | {
    f"{folder}/{name}": text
    for folder in ("tutorial", "slides")
    for name, text in {
        "index.rst": "Index\n=====\n\n.. toctree::\n\n   a\n   sub/b\n",
        "a.rst": MORE,
        "sub/b.rst": "B\n=\n\n.. raw:: html\n\n   <p style='top: 0' class='b'>x</p>\n",
        "a.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
        "a.txt": "a",
    }.items()
}


def shrink(project: Project) -> None:
    """Take out of a project all that can be taken out: two pages, what they show, what goes along, an old address."""
    for name in ("a.rst", "sub", "a.svg", "a.txt"):
        for folder in ("tutorial", "slides"):
            path = project.place / folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for folder in ("tutorial", "slides"):
        project.write(f"{folder}/index.rst", "Index\n=====\n")
    project.write("moved.toml", "")
    (project.place / "static/a.css").unlink()
    project.write("static/b.css", "")


def there(project: Project, builder: str) -> dict[str, str]:
    """Return the files of a site, and the rules in its style sheet."""
    site = project.place / f"build/{builder}"
    files = {path.relative_to(site).as_posix(): "" for path in site.rglob("*") if path.is_file()}
    return files | {"_static/inline.css": (site / "_static/inline.css").read_text()}


@pytest.mark.parametrize(("builder", "folder"), [("html", "tutorial"), ("revealjs", "slides")])
def test_what_is_gone_leaves_the_site(tmp_path: Path, builder: str, folder: str) -> None:
    grown, fresh = Project(tmp_path / "grown", FILES), Project(tmp_path / "fresh", FILES)
    grown.build(builder, folder)
    before = there(grown, builder)
    for project in (grown, fresh):
        shrink(project)
        project.build(builder, folder)
    assert there(grown, builder) == there(fresh, builder)
    gone = before.keys() - there(grown, builder).keys()
    assert {"a.html", "sub/b.html", "_images/a.svg", "_static/a.css"} <= gone
    assert any(name.startswith("_downloads/") for name in gone)


def test_what_is_there_stays_though_it_is_not_written_again(tmp_path: Path) -> None:
    project = Project(tmp_path, FILES)
    project.build("html")
    project.write("build/html/slides/.buildinfo", "")  # a build of its own within this one
    project.write("build/html/slides/index.html", '<meta charset="utf-8">')
    before = there(project, "html")
    project.write("tutorial/sub/b.rst", FILES["tutorial/sub/b.rst"].replace("B", "C", 1))
    project.build("html")
    assert there(project, "html") == before
