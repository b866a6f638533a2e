"""What machines and records say comes onto a page as text, or is refused: none of it is ever markup there."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from deck import recording
from reference.merge import TAKEN
from runner.results import kept
from snippets.results import Results
from snippets.versions import checked
from tests.project import Project
from tests.unit.test_deck import RECORDED
from tests.unit.test_reference import CONF, DIRECTIVES, RECORD
from tests.unit.test_results import LABS, results, row
from tests.unit.test_servers import SMALL, record, round_, server
from tests.unit.test_tested import CONF as WITH_TESTED
from tests.unit.test_tested import LESSON, TOLD
from tools.servers import plots

SECRET = "what-only-the-host-has"
HOSTILE = [
    "13\n\n.. include:: ../../secret.txt\n\n",
    "13\n\n.. raw:: html\n\n   <script>stolen()</script>\n",
    "<script>stolen()</script><img src=x onerror=stolen()>",
    "``13`` `there <javascript:stolen()>`__ |stolen| :download:`/etc/passwd`",
    "13\n",
    "1" * 41,
]
#: What would do harm where a text is read as reStructuredText, whether a line of its own is left to it or not.
MARKUP = "".join(HOSTILE[:4])


def harmless(html: str) -> str:
    """Return a page's text; nothing of what was hostile is markup in it."""
    page = BeautifulSoup(html, "html.parser")
    scripts = [script.get_text() for script in page.find_all("script")]
    assert not any("stolen" in script for script in scripts)
    assert not page.find_all(["img", "iframe"], src="x")
    assert not [link for link in page.find_all("a") if "stolen" in str(link.get("href")) or link.has_attr("download")]
    assert SECRET not in html
    return " ".join(page.get_text().split())


def said(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """Give a folder for a project beside a file that is not the project's."""
    (tmp_path / "secret.txt").write_text(SECRET)
    return tmp_path / "checkout"


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("name", ["debian", "apache", "mod_wsgi", "python", "when", "image", "another"])
def test_what_is_no_version_is_refused_in_one_line(tmp_path: Path, name: str, value: str) -> None:
    file = results(tmp_path, [row()], LABS | {"trixie": LABS["trixie"] | {name: value * (9 if name == "image" else 1)}})
    with pytest.raises(ValueError, match="is no version") as refused:
        Results.load(file)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400
    assert kept(file) == Results()  # and counts for nothing in a suite


@pytest.mark.parametrize(
    "versions",
    [
        *LABS.values(),
        {"debian": "13.8", "apache": "2.4.71", "mod_wsgi": "5.0.2-1+b2", "kernel": "6.1.0-50-686", "v86": "0.5.462"},
        {"debian": "forky/sid", "apache": "2.4.72~rc1", "mod_wsgi": "6.0.0.dev1", "when": "2026-12-01"},
    ],
)
def test_versions_are_versions(versions: dict[str, str]) -> None:
    assert checked(versions) == versions


def test_what_is_told_of_the_checking_is_text(host: Path) -> None:
    block = f".. code-block:: none\n   :unchecked: {MARKUP.splitlines()[-1]}\n\n   {said(MARKUP)}\n"
    index = "Index\n=====\n\n.. toctree::\n\n   lesson\n   told\n"
    files = {"index": index, "lesson": f"{LESSON}\n{block}", "told": TOLD}
    project = Project(host, {"conf.py": WITH_TESTED} | {f"tutorial/{name}.rst": text for name, text in files.items()})
    project.build()
    blocks = [block for block in project.blocks() if block.acts]
    outcome = {"outcome": MARKUP, "checked": "run", "seconds": 0}
    rows = [row(block) | (outcome if n == 0 else {}) for n, block in enumerate(project.blocks())]
    results(host, rows)
    counts = {"made": 10, "killed": 9, "configurations": {"made": 4, "killed": 4, "by_config_test": 2}}
    mutants = {"pages": {"tutorial/lesson": counts, "slides/index": counts}, "when": MARKUP, "lab": "trixie"}
    project.write("snippets/recorded/mutants.json", json.dumps(mutants | {"versions": {"trixie": LABS["trixie"]}}))
    hostile = json.dumps(MARKUP)
    fault = f"kind = {hostile}\nwas = {hostile}\nnow = {hostile}\nreason = {hostile}\nwhy = {hostile}\n"
    project.write("tests/data/mutants.toml", f'[[survivor]]\npage = "tutorial/lesson"\n{fault}')
    cost = {"bytes": 1, "ready": 1, "seconds": MARKUP, "memory": 1, "when": MARKUP}
    lesson = {"blocks": [block.digest for block in blocks], **cost}
    browser = {"lab": "trixie", "versions": LABS["trixie"], "lessons": {"lesson": lesson}}
    project.write("snippets/recorded/browser.json", json.dumps(browser))
    project.build("html")
    text = harmless(project.html("told"))
    # A fault's four texts and what came instead of it, the outcome of a block, two costs, and the day of the mutants.
    assert text.count(said(MARKUP)) >= 9


@pytest.mark.parametrize("name", ["mutants", "browser"])
def test_a_record_whose_versions_are_none_is_refused(host: Path, name: str) -> None:
    project = Project(host, {"conf.py": WITH_TESTED, "tutorial/index.rst": TOLD})
    versions: dict[str, Any] = LABS["trixie"] | {"debian": HOSTILE[0]}
    content = {"versions": {"trixie": versions} if name == "mutants" else versions, "lessons": {}}
    project.write(f"snippets/recorded/{name}.json", json.dumps(content))
    told = project.build("html", fails=True).stderr
    assert f"{name}.json: cannot be read ('debian' is no version: " in told
    assert SECRET not in project.html("index")


def test_what_the_modules_say_is_text(host: Path) -> None:
    hostile: dict[str, Any] = deepcopy(RECORD)
    directive = hostile["directives"]["WSGIDaemonProcess"]
    directive["help"] = MARKUP
    directive["allowed"] = f"when AllowOverride includes {MARKUP}"
    directive["tests"] |= {"WSGIDaemonProcess probe surplus": MARKUP, f"WSGIDaemonProcess {said(MARKUP)}": TAKEN}
    del hostile["directives"]["WSGINew"], hostile["options"]["threads"]
    hostile["mistakes"] = {"refused": {"text": MARKUP, "said": f"{HOSTILE[2]}\n{MARKUP}"}}
    page = f"{DIRECTIVES.partition('WSGINew')[0]}\nMistakes\n--------\n\n.. recorded:: mistake refused\n"
    index = "Index\n=====\n\n.. toctree::\n\n   directives\n"
    project = Project(host, {"conf.py": CONF, "tutorial/index.rst": index, "tutorial/directives.rst": page})
    project.write("snippets/recorded/reference.json", json.dumps(hostile))
    project.build("html")
    assert harmless(project.html("directives")).count(said(MARKUP)) >= 4
    assert HOSTILE[2] in harmless(project.html("genindex"))


def test_what_was_recorded_of_a_machine_is_text() -> None:
    hostile: dict[str, Any] = deepcopy(RECORDED)
    hostile["steps"][0] = {"typed": MARKUP, "said": dict.fromkeys(recording.COLUMNS, MARKUP)}
    assert harmless(recording.table(hostile)).count(said(MARKUP)) == 1 + len(recording.COLUMNS)
    for name in ("debian", "apache", "mod_wsgi"):
        wrong = RECORDED | {"versions": RECORDED["versions"] | {name: MARKUP}}
        with pytest.raises(ValueError, match="is no version"):
            recording.table(wrong)


@pytest.mark.parametrize("value", [*HOSTILE[:5], "5_", "x :: y", "http://x"])
def test_what_was_measured_is_included_as_text_alone(value: str) -> None:
    with pytest.raises(ValueError, match="no text for a sentence"):
        plots.table(record(server(value, round_()), server(plots.REFERENCE, round_())))
    with pytest.raises(ValueError, match="no text for a sentence"):
        plots.included(plots.Record(MEASURED | {"when": value}))
    assert plots.included(MEASURED)
    assert plots.table(SMALL)


MEASURED: dict[str, Any] = json.loads(plots.RECORD.read_text())
