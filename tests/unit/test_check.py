"""The form that runs the doctor in a reader's browser: only where Python for it was made; and what that is made of."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from tests.project import Project
from tests.unit.test_inbrowser import LAB
from tools.browser_machine.python import python

CONF = (
    'extensions = ["snippets", "website", "inbrowser", "faults"]\nhtml_theme = "basic"\nhighlight_language = "none"\n'
)
PAGE = "Check\n=====\n\n.. container:: check\n\n   Nothing is sent.\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, {"conf.py": CONF, "tutorial/index.rst": f"{PAGE}\n.. toctree::\n\n   recipes/one\n",
                              "tutorial/recipes/one.rst": PAGE})  # fmt: skip


def found(project: Project, page: str, selector: str) -> Tag | None:
    return BeautifulSoup(project.html(page), "html.parser").select_one(selector)


def test_without_python_the_page_says_that_there_is_no_form(project: Project) -> None:
    project.build("html")
    assert "make browser-machine" in project.html("index")
    assert not found(project, "index", "form.check, .check form, script[src*=check]")


def test_the_form_finds_what_it_loads_from_any_page(project: Project) -> None:
    lab = LAB | {
        "python": {"folder": "python-1", "bytes": 7_400_000, "fetched": 6_000_000},
        "versions": {"debian": "13.1"},
    }
    project.write("build/browser-machine/site/lab.json", json.dumps(lab))
    project.build("html")
    for page, up in (("index", ""), ("recipes/one", "../")):
        form = found(project, page, ".check form")
        assert form
        assert form["data-python"] == f"{up}_static/inbrowser/lab/python-1/"
        assert form["data-program"] == f"{up}wsgi-doctor.py"
        assert form["data-machine"] == f"{up}_static/inbrowser/"
        said = " ".join(form.get_text().split())
        assert "Downloads Python once, 7 MB" in said
        assert "a machine with Debian 13.1, 22 MB" in said
    start = json.loads((project.place / "build/html/_static/inbrowser/pages/-start.json").read_text())
    assert start["state"]["file"] == "i.zst"


def test_python_is_taken_over_without_packages_and_compressed(tmp_path: Path) -> None:
    package, out = tmp_path / "pyodide", tmp_path / "out"
    package.mkdir()
    out.mkdir()
    (package / "package.json").write_text('{"version": "1.2"}')
    (package / "pyodide-lock.json").write_text('{"info": {"python": "3.14"}, "packages": {"numpy": {}}}')
    for name in ("pyodide.mjs", "pyodide.asm.mjs", "python_stdlib.zip", "console.html"):
        (package / name).write_text(name)
    (package / "pyodide.asm.wasm").write_bytes(b"code" * 100)
    made = python(package, out)
    folder = out / made["folder"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "pyodide-lock.json", "pyodide.asm.bin", "pyodide.asm.mjs", "pyodide.mjs", "python_stdlib.zip",
    ]  # fmt: skip
    assert gzip.decompress((folder / "pyodide.asm.bin").read_bytes()) == b"code" * 100
    assert json.loads((folder / "pyodide-lock.json").read_text())["packages"] == {}
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert made["bytes"] == sum(sizes.values())
    assert made["fetched"] == made["bytes"] - sizes["pyodide.mjs"] - sizes["pyodide.asm.mjs"]
