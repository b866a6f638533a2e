"""Lessons in the reader's browser: what a page needs for it, and that none has the button without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from inbrowser.course import NotThere, address, course
from snippets.manifest import Block
from tests.project import Project
from tools.record import lessons

CONF = 'extensions = ["snippets", "website", "inbrowser"]\nhtml_theme = "basic"\nhighlight_language = "none"\n'
RUN = ".. code-block:: console\n\n   $ true\n"
OTHER = ".. code-block:: console\n   :on: bookworm\n\n   $ false\n"
PAGES = {
    "index": "Index\n=====\n\n.. toctree::\n\n   install\n   lesson\n   apt\n   in-your-browser\n",
    "install": f"Install\n=======\n\n{RUN}",
    "lesson": f":starts-from: install\n\nLesson\n======\n\n{RUN}\n{OTHER}",
    "apt": ":starts-from: install\n\nApt\n===\n\n.. code-block:: console\n\n   $ sudo apt-get install x\n",
    "in-your-browser": "What it is\n==========\n\nThis.\n",
}
LAB = {
    "digest": "", "others": 2_000_000, "emulator": "e.js", "wasm": "w.bin", "terminal": "t.js", "fit": "f.js",
    "style": "s.css", "versions": {}, "states": {"install": {"file": "i.zst", "bytes": 20_000_000, "sha256": ""}},
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, {"conf.py": CONF} | {f"tutorial/{name}.rst": text for name, text in PAGES.items()})


def button(project: Project, page: str) -> str | None:
    found = BeautifulSoup(project.html(page), "html.parser").select_one(".inbrowser")
    return " ".join(found.get_text(" ").split()) if found else None


def block(text: str, **options: str) -> Block:
    return Block("a.rst:1", "a", "a.rst", 1, "console", "transcript", text, options=options)


def test_a_site_without_the_machine_has_no_button(project: Project) -> None:
    project.build("html")
    assert not any(button(project, page) for page in PAGES)
    assert "inbrowser" not in project.html("lesson")
    assert not (project.place / "build/html/_static/inbrowser/pages").exists()


def test_a_lesson_that_ran_there_as_it_is_has_the_button(project: Project) -> None:
    project.build()
    ran = [one.digest for one in project.blocks() if one.page == "tutorial/lesson" and one.is_on("trixie")]
    ran_there = {"blocks": ran, "memory": 640_000_000, "took": [[2.5]]}
    project.write("build/browser-machine/site/lab.json", json.dumps(LAB))
    project.write(
        "snippets/recorded/browser.json",
        json.dumps({"lessons": {"lesson": ran_there, "install": {"blocks": []}}}),
    )
    project.build("html")
    says = "Run this page in your browser Downloads 22 MB, needs 0.6 GB of memory, installs nothing: how it works ."
    assert button(project, "lesson") == says
    packed = {"packs": {"install": {"file": "p.zst", "bytes": 5_000_000, "size": 0, "sha256": ""}}}
    project.write("build/browser-machine/site/lab.json", json.dumps(LAB | packed))
    project.build("html")
    assert button(project, "lesson") == says.replace("22", "27")
    assert [page for page in PAGES if button(project, page)] == ["lesson"]
    said = json.loads((project.place / "build/html/_static/inbrowser/pages/lesson.json").read_text())
    assert [step["digest"] for step in said["blocks"]] == ran
    assert said["blocks"][0]["steps"][0]["usual"] == 2.5
    assert said["pack"] == packed["packs"]["install"]
    assert len(BeautifulSoup(project.html("lesson"), "html.parser").select(".in-machine")) == len(ran)


def test_a_lesson_that_has_changed_since_has_none(project: Project) -> None:
    project.write("build/browser-machine/site/lab.json", json.dumps(LAB))
    project.write("snippets/recorded/browser.json", json.dumps({"lessons": {"lesson": {"blocks": ["another"]}}}))
    project.build("html")
    assert button(project, "lesson") is None


def test_what_could_run_can_be_tried(project: Project) -> None:
    project.write("conf.py", CONF + "inbrowser_try = True\n")
    project.write("build/browser-machine/site/lab.json", json.dumps(LAB))
    project.build("html")
    assert [page for page in PAGES if button(project, page)] == ["lesson"]  # there is no state for the others


def test_a_course_is_what_is_typed_and_what_comes() -> None:
    (one,) = course([block("$ serve\nup\n^C\nbye", terminal="2", limit="30", exit="1")])
    assert (one["terminal"], one["limit"]) == (2, 30.0)
    assert one["steps"] == [
        {"command": "serve", "shown": ["up"], "status": 0, "keeps": True},
        {"command": "^C", "shown": ["bye"], "status": 1, "keeps": False},
    ]
    with pytest.raises(NotThere, match=r"a[.]rst:1: packages"):
        course([block("$ (venv)/bin/pip install x")])


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        (["curl http://127.0.0.1:8000/", "curl -s http://hello.localhost/a | wc"], "http://hello.localhost/a"),
        (
            ["curl http://localhost/", "pgrep x", 'x=$(curl "http://probe.localhost:80/pid")'],
            "http://probe.localhost/pid",
        ),
        (["curl --head http://old.localhost", "curl http://new.localhost/"], "http://old.localhost"),
        (["curl http://old.localhost:8080/", "curl https://new.localhost/"], "http://localhost/"),
        (["echo http://probe.localhost/", None], "http://localhost/"),
    ],
)
def test_the_address_is_what_the_page_asks_first_of_a_site_of_its_own(typed: list[str | None], asked: str) -> None:
    assert address([{"path": "/a"}, *({"steps": [{"command": one}]} for one in typed)]) == asked


def test_a_lesson_that_has_lost_its_button_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lessons, "RECORDED", tmp_path / "browser.json")
    lessons.RECORDED.write_text('{"lessons": {"a": {}, "b": {}}}')
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").touch()
    assert lessons.unlike_the_record(tmp_path) == []
    (tmp_path / "a.json").unlink()
    assert lessons.unlike_the_record(tmp_path) == [
        "a has changed since it ran in a browser: make record-lessons PAGE=tutorial/a"
    ]
    lessons.RECORDED.write_text('{"lessons": {}}')
    assert lessons.unlike_the_record(tmp_path) == ["no lesson runs in a browser: make record-lessons"]
