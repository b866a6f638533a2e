"""The reference: what is recorded of the modules, and the pages that are made of it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from lab import image
from lab.machine import Machine, MachineError
from project import ROOT
from reference.answers import arguments, override
from reference.merge import TAKEN, differences, load, merged, view
from reference.uses import named
from tests.project import Project, pages_read
from tools.record import modules

NAMES = st.sampled_from("abcd")
SAID = st.recursive(st.sampled_from("xyz"), lambda it: st.dictionaries(NAMES, it, max_size=3), max_leaves=6)
VIEW = st.dictionaries(NAMES, SAID, max_size=3)


# -- The record ----------------------------------------------------------------------------------


@given(st.dictionaries(st.sampled_from(["trixie", "bookworm", "mod_wsgi-6"]), VIEW, min_size=1))
def test_each_lab_gets_back_what_it_said(views: dict[str, Any]) -> None:
    record = json.loads(json.dumps(merged(views)))
    assert {lab: view(record, lab) for lab in views} == views


def test_what_is_the_same_stands_once() -> None:
    views = {"a": {"x": "1", "y": "2"}, "b": {"x": "1", "y": "3"}, "c": {"x": "1"}}
    assert merged(views) == {"x": "1", "y": {"@a": "2", "@b": "3"}}


def test_a_difference_is_told_by_its_place() -> None:
    assert list(differences({"a": {"b": "1"}}, {"a": {"b": "2"}})) == ["a › b: recorded: '1'; it is: '2'"]
    assert list(differences({"a": "1"}, {"c": {}})) == [
        "a: recorded: '1'; it is: nothing",
        "c: recorded: nothing; it is: something",
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"mod_wsgi": "1"}'])
def test_a_record_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "reference.json").write_text(text)
    with pytest.raises(ValueError, match=r"reference\.json: not the record of the modules .*make record"):
        load(tmp_path / "reference.json")


def test_what_is_tried_is_what_is_recorded() -> None:
    trials, record = modules.Trials(), load(modules.RECORDED)
    for lab in image.LABS:
        its = view(record, lab)
        assert its["directives"].keys() <= trials.directives.keys()
        for name, there in its["directives"].items():
            tried = modules.texts(name, trials.directives[name])
            assert (there["tests"].keys(), there["contexts"][_first(there)]) == (set(tried), there["tests"][tried[0]])
        assert all(there.keys() == set(trials.options[name]) for name, there in its["options"].items())
        assert {name: there["text"] for name, there in its["mistakes"].items()} == trials.mistakes


def _first(directive: dict[str, Any]) -> str:
    return next(name for name in modules.CONTEXTS if directive["contexts"][name].endswith(TAKEN))


# -- Asking a module -----------------------------------------------------------------------------

LISTED = """core.c
WSGIOld (mod_wsgi.c)
\tWhat it is.
\tAllowed in *.conf only outside <Directory>, <Files>, <Location>, or <If>
<WSGISection (mod_wsgi.c)
\tWhat that is.
\tAllowed in *.conf anywhere and in .htaccess
\twhen AllowOverride includes FileInfo
Other (core.c)
\tSomething else.
\tAllowed in *.conf anywhere
"""


class Played(Machine):
    """Plays a machine: says what was prepared of a command, and of a config test what a function answers."""

    def __init__(self, check: Callable[[str], str] = lambda text: "", **typed: str) -> None:
        self.check, self.typed = check, typed

    def ask(self, what: str, seconds: float | None = None, **parameters: Any) -> dict[str, Any]:
        if what == "check":
            message = self.check(parameters["text"])
            return {"ok": not message, "message": message or "Syntax OK"}
        command = " ".join(parameters.get("lines", ()))
        said = next((text for part, text in self.typed.items() if part in command), "")
        return {"output": base64.b64encode(said.encode()).decode(), "status": 0}


def recorder(machine: Any, **trials: Any) -> modules.Recorder:
    tried = modules.Trials()
    for name, value in trials.items():
        setattr(tried, name, value)
    return modules.Recorder(machine, tried)


def test_directives_are_listed_with_what_the_module_says_of_them() -> None:
    listed = recorder(Played(apachectl=LISTED)).listed
    assert listed.keys() == {"WSGIOld", "WSGISection"}
    assert listed["WSGIOld"]["help"] == "What it is."
    assert override(listed["WSGISection"]) == "FileInfo"
    assert not override(listed["WSGIOld"])


def test_a_module_that_lists_nothing_is_no_module() -> None:
    with pytest.raises(MachineError, match="lists no directive"):
        recorder(Played())


def test_a_directive_that_nobody_tries_is_told() -> None:
    with pytest.raises(modules.TrialsError, match=r"mod_wsgi has WSGIOld, WSGISection: say what"):
        recorder(Played(apachectl=LISTED)).record()


def test_an_option_that_nobody_tries_is_found() -> None:
    words = "threads\nvirtual-new-option\nof-no-use\nWSGIOld\n"

    def check(text: str) -> str:
        return "" if re.search(r" (threads|new-option)=", text) else modules.UNKNOWN

    assert recorder(Played(check, apachectl=LISTED, grep=words)).unknown() == ["new-option"]


def test_an_example_that_is_not_taken_is_told() -> None:
    known: dict[str, list[str]] = {"WSGIOld": [], "WSGISection": []}
    with pytest.raises(modules.TrialsError, match=r"threads=5: it is not accepted: no"):
        recorder(Played(lambda text: "no", apachectl=LISTED), directives=known, options={"threads": ["5"]}).record()


def test_what_tells_only_of_this_run_is_not_recorded() -> None:
    said = {
        "a": "AH00526: Syntax error on line 7 of /run/lab/x.conf:\nNo.",
        "b": "apache2: Syntax error on line 9 of a.conf: Syntax error on line 1 of b.conf: No.",
        "n": "apache2: Syntax error on line 9 of a.conf: b.conf:1: <Directory> was not closed.",
        "c": "[Mon May 04 10:00:00.1 2026] [wsgi:warn] [pid 7:tid 8] Hm.",
    }
    asked = recorder(Played(said.__getitem__, apachectl=LISTED))
    assert [asked.said(text) for text in said] == [
        "No.", "No.", "<Directory> was not closed.", "[wsgi:warn] Hm."
    ]  # fmt: skip


def test_trials_that_are_none_are_told(tmp_path: Path) -> None:
    (tmp_path / "trials.toml").write_text("[directives]\nWSGIOld = 'nothing of the kind'\n")
    with pytest.raises(modules.TrialsError, match=r"trials\.toml: KeyError"):
        modules.Trials(tmp_path / "trials.toml")


# -- What the pages say --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("none", "more", "told"),
    [
        ("WSGIX takes one argument, Of some kind.", "WSGIX takes one argument, Of some kind.", "one"),
        ("WSGIX takes 1-2 arguments, Of some kind.", TAKEN, "one or two"),
        ("Location of script not supplied.", "Invalid option.", "at least one"),
        (TAKEN, TAKEN, "any number, or none"),
        (TAKEN, "Unable to parse surplus.", "any number, or none"),
    ],
)
def test_arguments_are_counted(none: str, more: str, told: str) -> None:
    assert arguments("WSGIX", {"tests": {"WSGIX": none, "WSGIX a": TAKEN, "WSGIX a surplus": more}}) == told


def test_arguments_that_have_to_be_given_are_counted() -> None:
    tests = {"WSGIX": "No location.", "WSGIX a": "No group.", "WSGIX a b=c": TAKEN, "WSGIX a b=c surplus": "Invalid."}
    assert arguments("WSGIX", {"tests": tests}) == "at least two"


def test_a_section_is_read_as_a_directive() -> None:
    tests = {"<WSGIX>\n</WSGIX>": TAKEN, "<WSGIX a=b>\n</WSGIX>": TAKEN, "<WSGIX a=b surplus>\n</WSGIX>": TAKEN}
    assert arguments("WSGIX", {"tests": tests}) == "any number, or none"


def test_what_a_listing_names() -> None:
    text = "WSGIScriptAlias / /x process-group=a\nWSGIDaemonProcess a \\\n  threads=5 \\\n  python-home=/b\n# user=c\n"
    assert list(named(text)) == [("WSGIScriptAlias", 1), ("WSGIDaemonProcess", 2), ("threads", 3), ("python-home", 4)]


def test_what_an_edit_of_a_site_puts_in_is_named() -> None:
    site = "/etc/apache2/sites-available/x.conf"
    assert list(named(f"$ sudo sed -i 's/threads=1 /user=a threads=2 /' {site}")) == [("user", 1), ("threads", 1)]
    assert list(named(f"$ cat x\n$ sudo sed -i 's#x#home=/srv/x#' {site}\n")) == [("home", 2)]
    assert list(named(f"$ sudo sed -i 's/ home=.x//' {site}")) == []
    assert list(named("$ sudo sed -i 's/x/home=y/' /srv/x/wsgi.py")) == []


CONF = """
extensions = ["snippets", "reference"]
html_theme = "basic"
highlight_language = "none"
"""
RECORD = {
    "mod_wsgi": {"@bookworm": "4.9.4", "@mod_wsgi-6": "6.1.1", "@trixie": "5.0.2"},
    "directives": {
        "WSGIDaemonProcess": {
            "allowed": "Allowed in *.conf only outside <Directory>, <Files>, <Location>, or <If>",
            "contexts": {"server": TAKEN, "vhost": TAKEN, "directory": "not allowed", "htaccess": "not allowed here"},
            "help": "Specify details.",
            "tests": {
                "WSGIDaemonProcess": "Name not supplied.",
                "WSGIDaemonProcess probe": TAKEN,
                "WSGIDaemonProcess probe surplus": "Invalid option.",
            },
        },
        "WSGINew": {
            "@mod_wsgi-6": {
                "allowed": "Allowed in *.conf anywhere and in .htaccess when AllowOverride includes FileInfo",
                "contexts": {"server": TAKEN, "vhost": TAKEN, "directory": TAKEN, "htaccess": TAKEN},
                "help": "Be new.",
                "tests": {
                    "WSGINew": "WSGINew takes one argument, Be new.",
                    "WSGINew On": f"[wsgi:warn] In vain.\n{TAKEN}",
                    "WSGINew On surplus": "WSGINew takes one argument, Be new.",
                    "WSGINew yes": 'It "must" be On.',
                },
            }
        },
    },
    "options": {
        "threads": {
            "5": TAKEN,
            "five": TAKEN,
            "0": {"@bookworm trixie": TAKEN, "@mod_wsgi-6": "Too few."},
            "-1": "Invalid.",
            "": "Invalid.",
        },
    },
    "mistakes": {
        "in-words": {"text": "WSGIDaemonProcess probe threads=five", "said": TAKEN},
        "of-the-future": {
            "text": "WSGINew On",
            "said": {"@bookworm trixie": "Invalid command 'WSGINew'", "@mod_wsgi-6": TAKEN},
        },
        "refused": {"text": "WSGIDaemonProcess", "said": "Name not supplied."},
    },
}
DIRECTIVES = """
Directives
==========

WSGIDaemonProcess
-----------------

.. recorded:: directive WSGIDaemonProcess
   :arguments: name [option=value ...]
   :upstream: server

   Starts them.

WSGINew
-------

.. recorded:: directive WSGINew
   :arguments: switch
   :default: ``Off``
   :page: none
"""
OPTIONS = """
Options
=======

threads
-------

.. recorded:: option threads
   :arguments: number
   :default: 15
"""
MISTAKES = """
Mistakes
========

.. recorded:: mistake in-words
   :shown: Nobody answers

   Every request hangs.

.. recorded:: mistake of-the-future

.. recorded:: mistake refused
"""
LESSON = """
Lesson
======

Some more
---------

.. code-block:: apache

   WSGIDaemonProcess lesson \\
       threads=5

What can go wrong
-----------------

**Every request hangs.** A word is no number:

.. code-block:: apache
   :emphasize-lines: 2

   WSGIDaemonProcess lesson \\
       threads=five

.. code-block:: console

   $ cat log
   Nobody answers
"""
INDEX = """
Index
=====

.. toctree::

   lesson
   reference/directives
   reference/options
   reference/what-t-catches
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a project with a lesson and a small reference."""
    files = {"index": INDEX, "lesson": LESSON, "reference/directives": DIRECTIVES, "reference/options": OPTIONS}
    pages = {f"tutorial/{name}.rst": text for name, text in (files | {"reference/what-t-catches": MISTAKES}).items()}
    record = {"snippets/recorded/reference.json": json.dumps(RECORD)}
    return Project(tmp_path, {"conf.py": CONF} | pages | record)


def fields(project: Project, page: str, section: str) -> dict[str, str]:
    """Return the fields of a section as a reader reads them."""
    found = BeautifulSoup(project.html(page), "html.parser").find("section", id=section)
    assert found
    names, bodies = found.find_all("dt"), found.find_all("dd")
    texts = [" ".join(it.get_text().split()) for it in (*names, *bodies)]
    return dict(zip((it.rstrip(":") for it in texts[: len(names)]), texts[len(names) :], strict=True))


def test_a_directive_is_told_with_all_that_the_module_says(project: Project) -> None:
    project.build("html")
    said = fields(project, "reference/directives", "wsgidaemonprocess")
    assert said == {
        "Syntax": "WSGIDaemonProcess name [option=value ...]",
        "Example": "No page writes it to a file.",
        "Allowed in": "server config, virtual host",
        "Versions": "4.9, 5.0 and 6.1",
        "Configuration test accepts": "probe",
        "Module says": "Specify details.",
        "Used in": "Lesson",
        "Going wrong": "Refused",
        "Upstream": "WSGIDaemonProcess. It names other contexts: server config. The module decides.",
    }
    assert [*said][:2] == ["Syntax", "Example"]
    html = project.html("reference/directives")
    assert html.index(">Example") < html.index("Starts them.") < html.index(">Allowed in")


def test_a_directive_that_one_version_has_says_so(project: Project) -> None:
    project.build("html")
    said = fields(project, "reference/directives", "wsginew")
    assert (said["Syntax"], said["Example"]) == ("WSGINew switch", "No page uses it.")
    assert said["Versions"] == "6.1, not 4.9 and 5.0"
    assert (said["Allowed in"], said["Needs AllowOverride"]) == (
        "server config, virtual host, directory, .htaccess",
        "FileInfo",
    )
    assert said["Configuration test accepts"] == "On ([wsgi:warn] In vain.)"
    assert said["Configuration test refuses"] == 'yes: It "must" be On.'  # with the quotation marks that it has
    assert said["Default"] == "Off, from upstream’s source"
    assert (said["Going wrong"], said["Upstream"]) == ("Of the future", "has no page for it")


def test_values_of_an_option_are_told_by_version(project: Project) -> None:
    project.build("html")
    said = fields(project, "reference/options", "threads")
    assert said["Syntax"] == "threads=number"
    assert said["Configuration test accepts"] == "4.9 and 5.0: 5, 0 6.1: 5"
    assert said["Accepts as a number"] == "4.9 and 5.0: five 6.1: five"
    assert (
        said["Configuration test refuses"]
        == "4.9 and 5.0: -1, nothing: Invalid. 6.1: 0: Too few. 6.1: -1, nothing: Invalid."
    )


def test_links_lead_to_the_section_that_uses_it_and_to_the_case_that_goes_wrong(project: Project) -> None:
    project.build("html")
    page = BeautifulSoup(project.html("reference/options"), "html.parser")
    links = {link.get_text(): link["href"] for link in page.select("dl.recorded a")}
    assert links["Lesson"] == "../lesson.html#some-more"
    assert links["Every request hangs"] == "../lesson.html#what-can-go-wrong"
    assert links["In words"] == "what-t-catches.html#in-words"
    assert str(links["threads"]).endswith("/configuration-directives/WSGIDaemonProcess.html#threads")


SITE = """
.. code-block:: apache
   :caption: /etc/apache2/sites-available/lesson.conf
{marked}
   WSGIDaemonProcess lesson threads=5
   WSGINew On
"""


@pytest.mark.parametrize(
    ("section", "listing", "wrong"),
    [
        ("It fails", SITE.format(marked=""), {"directive WSGINew"}),  # not what every site has
        ("It fails", SITE.format(marked="   :emphasize-lines: 1\n"), {"option threads", "directive WSGINew"}),
        ("It fails", SITE.format(marked="   :emphasize-lines: 2\n"), {"directive WSGINew"}),
        ("WSGIDaemonProcess fails", ".. code-block:: none\n\n   -", {"directive WSGIDaemonProcess"}),
        ("It fails", ".. code-block:: apache\n\n   WSGIDaemonProcess a", {"directive WSGIDaemonProcess"}),
        ("It fails", ".. code-block:: console\n\n   $ echo WSGIDaemonProcess a", set()),
        (
            "It fails",
            ".. code-block:: console\n\n   $ apachectl -t -c 'WSGIDaemonProcess a threads=1'",
            {"option threads"},
        ),
    ],
)
def test_a_mistake_is_about_what_is_marked_or_seldom_named(
    project: Project, section: str, listing: str, wrong: set[str]
) -> None:
    title = f"{section}\n{'-' * len(section)}\n"
    project.write("tutorial/troubleshooting/it.rst", f":orphan:\n\nIt\n==\n\n{title}\n{listing}\n")
    project.build("html")
    found = set()
    for page in ("directives", "options"):
        for link in BeautifulSoup(project.html(f"reference/{page}"), "html.parser").select("dl.recorded a"):
            if str(link["href"]).startswith("../troubleshooting/it.html#"):
                heading = link.find_parent("section").h2.get_text().rstrip("¶")  # type: ignore[union-attr]
                found.add(f"{page.removesuffix('s')} {heading}")
                assert link.get_text() == section
    assert found == wrong


def test_a_mistake_is_told_with_its_verdict_and_what_happens_instead(project: Project) -> None:
    project.build("html")
    page = BeautifulSoup(project.html("reference/what-t-catches"), "html.parser")
    names, bodies = page.find_all("dt"), page.find_all("dd")
    said = {name["id"]: " ".join(it.get_text(" ").split()) for name, it in zip(names, bodies, strict=True)}
    assert said["in-words"] == "Syntax OK in 4.9, 5.0 and 6.1. Every request hangs. Shown in: Every request hangs"
    assert said["of-the-future"] == "Refused by 4.9 and 5.0: Invalid command 'WSGINew' Syntax OK in 6.1."
    assert said["refused"] == "Refused by 4.9, 5.0 and 6.1: Name not supplied."


def test_each_is_in_the_index(project: Project) -> None:
    project.build("html")
    index = BeautifulSoup((project.place / "build/html/genindex.html").read_text(), "html.parser")
    links = {link["href"] for link in index.select("table a")}
    assert links >= {"reference/directives.html#wsginew", "reference/options.html#threads"}
    entry = index.find("a", string="Name not supplied.")  # what somebody has read and looks up
    assert entry and entry["href"] == "reference/what-t-catches.html#refused"


def test_the_links_are_written_again_when_a_lesson_changes(project: Project) -> None:
    project.build("html")
    project.write("tutorial/lesson.rst", LESSON.replace("Some more", "Otherwise"))
    assert pages_read(project.build("html")) == ["lesson"]
    assert "../lesson.html#otherwise" in project.html("reference/options")


def test_the_pages_are_read_again_when_the_record_changes(project: Project) -> None:
    project.build("html")
    assert pages_read(project.build("html")) == []
    project.write("snippets/recorded/reference.json", json.dumps(RECORD).replace("Be new.", "Be newer."))
    read = pages_read(project.build("html"))
    assert read == ["reference/directives", "reference/options", "reference/what-t-catches"]
    assert fields(project, "reference/directives", "wsginew")["Module says"] == "Be newer."


def test_what_is_recorded_has_to_be_shown(project: Project) -> None:
    project.write("tutorial/reference/options.rst", "Options\n=======\n")
    said = project.build("html", fails=True).stderr
    assert "option threads is recorded but not on any page" in said
    assert said.count("not on any page") == 1


@pytest.mark.parametrize(
    ("page", "old", "new", "told"),
    [
        ("directives", "directive WSGINew", "directive WSGINow", "directive WSGINow: there is no such thing"),
        ("directives", "directive WSGINew", "thing WSGINew", "thing WSGINew: there is no such thing"),
        ("what-t-catches", "   Every request hangs.", "", "in-words: it passes the configuration test"),
        ("directives", ":arguments: name [", ":arguments: [name] [", "WSGIDaemonProcess has arguments: at least one; "),
        ("options", "   :arguments: number\n", "", "threads: name its value in ':arguments:'"),
        ("options", "threads\n-------\n\n", "threads::\n\n  -\n\n* ", "option threads: give it a separate section"),
    ],
)
def test_a_fault_on_a_page_is_told(project: Project, page: str, old: str, new: str, told: str) -> None:
    path = f"tutorial/reference/{page}.rst"
    text = (project.place / path).read_text()
    assert old in text
    project.write(path, text.replace(old, new))
    assert told in project.build("html", fails=True).stderr


def test_a_record_that_cannot_be_read_is_told(project: Project) -> None:
    project.write("snippets/recorded/reference.json", "nonsense")
    assert "reference.json: not the record of the modules" in project.build("html", fails=True).stderr


# -- This reference ------------------------------------------------------------------------------

PAGES = ROOT / "tutorial/reference"


def test_upstream_is_contradicted_by_a_block_and_by_nothing_else() -> None:
    text = (PAGES / "directives.rst").read_text()
    sections = re.findall(r"^\.\. recorded:: directive (\w+)\n(.*?)(?=^\.\. _|\Z)", text, re.MULTILINE | re.DOTALL)
    newest = view(load(modules.RECORDED), "mod_wsgi-6")["directives"]
    contradicted = set()
    for name, rest in sections:
        claimed = re.search(r":upstream: (.*)", rest)
        if claimed and name in newest:
            taken = {place for place, said in newest[name]["contexts"].items() if said.endswith(TAKEN)}
            if taken != set(claimed[1].split()):
                contradicted.add(name)
        assert ("code-block::" in rest) == (name in contradicted), name
    assert contradicted == {"WSGIDispatchScript", "WSGIHandlerScript", "WSGIImportScript", "WSGIPassApacheRequest"}


def test_each_claim_about_upstreams_contexts_is_there() -> None:
    text = (PAGES / "directives.rst").read_text()
    for options in re.findall(r"^\.\. recorded:: directive \w+\n((?:   .*\n)*)", text, re.MULTILINE):
        assert (":page: none" in options) != (":upstream: " in options)


def test_a_planted_fault_in_the_record_is_found() -> None:
    recorded = view(load(modules.RECORDED), image.DEFAULT)
    for place in (
        ("options", "threads", "-1"),
        ("directives", "WSGIScriptAlias", "help"),
        ("mistakes", "root", "said"),
    ):
        wrong = deepcopy(recorded)
        wrong[place[0]][place[1]][place[2]] += "!"
        assert [found.split(":")[0] for found in differences(wrong, recorded)] == [" › ".join(place)]
