"""An entry of the reference: how a thing is written, its example out of a listing, and its lists of links."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from reference.examples import CLASS, dedented, region, shortest
from reference.merge import TAKEN
from reference.syntax import of_directive, of_option
from reference.uses import SEEN, Place
from tests.project import Project
from tests.unit.test_reference import INDEX, SITE, fields, project

__all__ = ["project"]  # the fixture

# -- How it is written ---------------------------------------------------------------------------


ONE = {"tests": {"WSGIX": "WSGIX takes one argument, Of some kind.", "WSGIX a": TAKEN}}
SWITCH = {"tests": {"WSGIX": "WSGIX takes one argument, On.", "WSGIX yes": "WSGIX must be one of: Off | On | Auto"}}
MUTEX = {"tests": {"WSGIX": "", "WSGIX no": "It is invalid. Valid mechanisms for this platform are: default, flock."}}
SECTION = {
    "tests": {"<WSGIX>\n</WSGIX>": TAKEN, "<WSGIX a=b>\n</WSGIX>": TAKEN, "<WSGIX a=b surplus>\n</WSGIX>": "No."}
}


@pytest.mark.parametrize(
    ("its", "names", "line"),
    [
        (ONE, "name", "WSGIX name"),
        (ONE, "directory[:directory ...]", "WSGIX directory[:directory ...]"),
        (SWITCH, "", "WSGIX Off|On|Auto"),
        (MUTEX, "", "WSGIX default|flock"),
        (SECTION, "[a=name] [b=name]", "<WSGIX [a=name] [b=name]>"),
    ],
)
def test_a_directive_is_written_as_the_module_tells(its: dict[str, dict[str, str]], names: str, line: str) -> None:
    assert of_directive("WSGIX", its, names) == line


@pytest.mark.parametrize(
    ("its", "names"),
    [(ONE, ""), (ONE, "[name]"), (ONE, "name other"), (ONE, "name [other]"), (SECTION, "a"), (SWITCH, "name")],
)
def test_names_that_the_module_contradicts_are_told(its: dict[str, dict[str, str]], names: str) -> None:
    with pytest.raises(ValueError, match="WSGIX"):
        of_directive("WSGIX", its, names)


def test_an_option_is_written_with_its_value() -> None:
    assert of_option("threads", {"5": TAKEN, "-1": "Invalid."}, "number") == "threads=number"
    assert of_option("metrics", {"On": TAKEN, "Off": TAKEN, "yes": "Invalid."}, "") == "metrics=Off|On"
    for its, names in (({"5": TAKEN}, ""), ({"On": TAKEN, "Off": TAKEN}, "word")):
        with pytest.raises(ValueError, match="metrics: "):
            of_option("metrics", its, names)


# -- An example ----------------------------------------------------------------------------------

LISTING = """\
# WSGIDaemonProcess is what threads= is for.
<VirtualHost *:80>
    WSGIDaemonProcess shop threads=5 \\
        user=work group=www-data
    WSGIDaemonProcess other \\
        processes=2 \\
        home=/srv \\
        lang=C.UTF-8
    WSGIDaemonProcess shop-2 threads=15
    WSGIScriptAlias / /srv/shop/wsgi.py process-group=shop
    <WSGIInterpreterOptions process-group=shop>
    </WSGIInterpreterOptions>
</VirtualHost>"""


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("WSGIScriptAlias", "    WSGIScriptAlias / /srv/shop/wsgi.py process-group=shop"),
        ("WSGIDaemonProcess", "    WSGIDaemonProcess shop-2 threads=15"),
        ("WSGIInterpreterOptions", "    <WSGIInterpreterOptions process-group=shop>"),
        ("threads", "    WSGIDaemonProcess shop-2 threads=15"),
        ("user", "    WSGIDaemonProcess shop threads=5 \\\n        user=work group=www-data"),
        ("lang", None),  # in four lines
        ("process-group", None),  # of another directive
        ("WSGIScriptAliasMatch", None),
    ],
)
def test_an_example_is_the_shortest_of_whole_lines(name: str, lines: str | None) -> None:
    assert region(LISTING, name) == lines
    assert lines is None or f"\n{lines}\n" in LISTING


def test_an_example_begins_at_the_margin() -> None:
    assert dedented("    WSGIX a \\\n        b") == "WSGIX a \\\n    b"


def place(docname: str, listing: str, section: str = "") -> Place:
    return Place(docname, "", section, "", frozenset(), frozenset(), "", listing)


def test_an_example_is_of_the_page_that_has_the_shortest_and_shows_no_mistake() -> None:
    places = [
        place("long", "WSGIOne longer"),
        place("lesson", "WSGIOne short"),
        place("later", "WSGIOne other"),
        place("troubleshooting/500", "WSGIOne a"),
        place("mistaken", "WSGIOne b", "What can go wrong"),
    ]
    assert shortest(places, "WSGIOne") == (places[1], "WSGIOne short")
    assert shortest(places[3:], "WSGIOne") is None


def test_an_example_is_lines_of_a_listing_that_a_page_writes(project: Project) -> None:
    project.write("tutorial/writes.rst", f"Writes\n======\n\nThe file\n--------\n{SITE.format(marked='')}")
    project.write("tutorial/index.rst", INDEX.replace("   lesson\n", "   lesson\n   writes\n"))
    project.build("html")
    for page, section, lines in (
        ("directives", "wsgidaemonprocess", "WSGIDaemonProcess lesson threads=5"),
        ("directives", "wsginew", "WSGINew On"),
        ("options", "threads", "WSGIDaemonProcess lesson threads=5"),
    ):
        said = fields(project, f"reference/{page}", section)
        assert said["Example"] == f"{lines} From Writes"
    html = BeautifulSoup(project.html("reference/options"), "html.parser")
    assert html.select_one(f".{CLASS} pre") and html.select_one(".recorded-from a[href='../writes.html#the-file']")
    assert "snippet" not in str(html.select_one(f".{CLASS}"))  # it needs no verdict
    changed = SITE.format(marked="").replace("threads=5", "threads=7")
    project.write("tutorial/writes.rst", f"Writes\n======\n\nThe file\n--------\n{changed}")
    project.build("html")
    assert fields(project, "reference/options", "threads")["Example"].startswith("WSGIDaemonProcess lesson threads=7")


def test_an_example_is_no_row_of_the_manifest(project: Project) -> None:
    project.write("tutorial/lesson.rst", f"Lesson\n======\n{SITE.format(marked='')}")
    project.build()
    assert [block.page for block in project.blocks()] == ["tutorial/lesson"]


# -- The links -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [SEEN, SEEN + 2])
def test_links_are_a_list_with_a_fold_when_there_are_many(project: Project, number: int) -> None:
    names = [f"lesson-{n}" for n in range(number)]
    for name in names:
        project.write(f"tutorial/{name}.rst", f"{name}\n{'=' * len(name)}\n{SITE.format(marked='')}")
    order = "".join(f"   {name}\n" for name in reversed(names))
    project.write("tutorial/index.rst", INDEX.replace("   lesson\n", order))
    project.write("tutorial/lesson.rst", ":orphan:\n\nLesson\n======\n")
    project.build("html")
    section = BeautifulSoup(project.html("reference/directives"), "html.parser").find("section", id="wsginew")
    assert section
    lists = [[link.get_text() for link in one.select("a")] for one in section.select("ul.recorded-links")]
    seen, *folded = lists[:2] if number > SEEN else lists[:1]
    assert [*seen, *(link for part in folded for link in part)] == names[::-1]  # as the pages follow one another
    assert len(seen) == SEEN
    folds = [fold.get_text(" ").split()[:2] for fold in section.select("details.recorded-more")]
    assert folds == ([["2", "more"]] if number > SEEN else [])


def test_what_goes_wrong_in_a_lesson_comes_before_pages_of_mistakes(project: Project) -> None:
    fails = SITE.format(marked="   :emphasize-lines: 2\n")
    project.write("tutorial/troubleshooting/first.rst", f"First\n=====\n\nIt fails\n--------\n{fails}")
    lesson = f"Lesson\n======\n\nWhat can go wrong\n-----------------\n\n**It hangs.** So:\n{fails}"
    project.write("tutorial/lesson.rst", lesson)
    project.write("tutorial/index.rst", INDEX.replace("   lesson\n", "   troubleshooting/first\n   lesson\n"))
    project.build("html")
    said = fields(project, "reference/directives", "wsginew")
    assert said["Going wrong"].startswith("It hangs It fails ")
