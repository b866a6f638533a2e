"""The manifest: every block that readers see, in their order, each with its exact place.

The pages in ``tests/data/extraction/`` put a block in each place where one can stand. On the first line of
each stands a word that stands nowhere else, so the tests find by themselves where it is.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from project import ROOT
from snippets.manifest import Block, Manifest, Page
from tests.project import CONF, EXTENSIONS, Project, pages_read

PAGES = ROOT / "tests/data/extraction"

# -- Every place ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Want:
    """What the manifest has to say of a block, but for its place.

    ``suffix`` is what the id has after the place; ``turn`` counts where a word is there twice.
    """

    word: str
    language: str = "none"
    role: str = "unchecked"
    suffix: str = ""
    options: dict[str, str] = field(default_factory=dict)
    path: str | None = None
    whole: bool = False
    emphasized: tuple[int, ...] = ()
    turn: int = 0


def on_two_pages(page: str) -> tuple[Want, ...]:
    """Return the blocks of the file that two pages include."""
    return (
        Want("shared-directive", "console", "transcript", f"@{page}"),
        Want("shared-text", suffix=f"@{page}"),
        Want("shared-parsed-literal", suffix=f"@{page}"),
        Want("listing-shared", "apache", "fragment", f"@{page}"),
        Want("shared-doctest", "pycon", suffix=f"@{page}"),
    )


#: By page, in reading order.
WANTED: dict[str, tuple[Want, ...]] = {
    "tutorial/index": (
        Want("on-the-index", "text", options={"unchecked": "a block on a page that comes before its children"}),
    ),
    "tutorial/places": (
        Want(
            "top-level", "console", "transcript",
            options={"exit": "3", "limit": "20", "logs": "AH01630\nAH00558"},
        ),
        Want("sourcecode-directive", "console", "transcript", options={"terminal": "2"}),
        Want("code-directive", "python"),
        Want(
            "with-fails", "apache", "fragment",
            options={"context": "vhost", "fails": "Invalid command 'Order'"}, emphasized=(2,),
        ),
        Want("no-language"),
        Want("in-parsed-literal"),
        Want("in-a-substitution", "raw html"),
        Want("on-the-directives-line"),
        Want("raw-directive", "raw html"),
        Want("dedented", "text"),
        Want("after-a-tab", "text"),
        Want("in-a-nested-list"),
        Want("first-in-an-item", "text"),
        Want("in-a-nested-note", "text", options={"unchecked": "nested"}),
        Want("in-a-container", "text"),
        Want("in-a-definition", "text"),
        Want("after-a-definition"),
        Want("in-a-footnote", "text"),
        Want("in-a-quotation"),
        Want("under-a-class", "text"),
        Want("in-the-left-cell", "text"),
        Want("in-the-right-cell", suffix="#2"),
        Want("in-a-doctest-cell", "pycon"),
        Want("in-a-list-table", "text"),
        Want("in-its-second-row"),
        Want("in-a-simple-table"),
        Want("captioned", "text"),
        Want(
            "captioned-and-unchecked", "ini",
            options={"unchecked": "nothing reads it"}, path="/etc/example.ini",
        ),
        Want("a-file", "ini", "file", path="/etc/example.ini"),
        Want("named", "text"),
        Want("captioned-and-named", "text"),
        Want("after-a-paragraph"),
        Want("after-nothing"),
        Want("quoted-literal"),
        Want("doctest-block", "pycon"),
        Want("doctest-in-an-item", "pycon"),
        Want("highlighted", "console", "transcript"),
        Want("<br>raw-role", "raw html"),
        Want("<i>", "raw html", turn=0),
        Want("<i>", "raw html", turn=1),
        Want("in-a-substitution", "raw html", suffix="#2"),
        Want("included-as-literal", suffix="@tutorial/places"),
        Want(
            "listing-whole", "apache", "file",
            path="/etc/apache2/conf-available/whole.conf", whole=True,
        ),
        Want("listing-at-markers", "apache", "fragment"),
        Want("listing-after-marker", "apache", "fragment", options={"context": "vhost"}),
        Want("listing-by-lines", "python", "fragment", emphasized=(2,)),
        Want("listing-both", "python", "fragment"),
        Want("listing-object", "python", "fragment"),
        Want("listing-transcript", "console", "transcript", whole=True),
        Want("listing-in-an-item", options={"unchecked": "a listing without a language"}, whole=True),
        *on_two_pages("tutorial/places"),
        Want("included-in-a-note", suffix="@tutorial/places"),
        Want("only-html", "text"),
        Want("only-builder-html", "text"),
        Want("only-not-slides"),
        Want("the-end"),
    ),
    "tutorial/sub/further": (
        Want("in-a-folder", "text"),
        Want("listing-from-a-folder", role="fragment", whole=True),
    ),
    "tutorial/again": on_two_pages("tutorial/again"),
    "tutorial/orphan": (Want("on-an-orphan"),),
    "slides/index": (
        Want("deck-code-block", "console", "transcript", options={"limit": "20"}),
        Want("listing-on-a-slide", "apache", "fragment"),
        Want("in-speaker-notes", "text"),
        Want("deck-only-revealjs", "text"),
        Want("deck-only-html", "text"),
        Want("deck-deeper"),
    ),
}  # fmt: skip

CASES = [(page, n, want) for page, wanted in WANTED.items() for n, want in enumerate(wanted)]


def found(word: str, *folders: str, turn: int = 0) -> tuple[str, int] | None:
    """Find a word in the files of these folders, and return the file and the line where it stands."""
    exact = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    hits = [
        (file.relative_to(PAGES).as_posix(), n)
        for folder in folders
        for file in sorted((PAGES / folder).rglob("*.*"))
        for n, line in enumerate(file.read_text().split("\n"), 1)
        if exact.search(line)
    ]
    assert len(hits) < 2 or turn < len(hits) == 2, f"{word}: {hits}"
    return hits[turn] if hits else None


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Build both source folders, for their readers and for the manifest, without a warning."""
    project = Project(tmp_path_factory.mktemp("extraction"))
    shutil.copytree(PAGES, project.place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    builds = [("snippets", "tutorial"), ("html", "tutorial"), ("snippets", "slides"), ("revealjs", "slides")]
    assert not any(project.build(*build).stderr for build in builds)
    return project


@pytest.fixture(scope="module")
def manifest(built: Project) -> Manifest:
    return Manifest.load(built.manifest_file("tutorial"), built.manifest_file("slides"))


def test_pages_are_in_the_order_of_the_table_of_contents(manifest: Manifest) -> None:
    assert manifest.pages == (
        Page("tutorial/index", "tutorial/index.rst"),
        Page("tutorial/places", "tutorial/places.rst", starts_from="tutorial/again", starts_line=1),
        Page("tutorial/sub/further", "tutorial/sub/further.rst", starts_from="tutorial/places", starts_line=1),
        Page("tutorial/again", "tutorial/again.rst"),
        Page("tutorial/orphan", "tutorial/orphan.rst"),
        Page("slides/index", "slides/index.rst", starts_from="tutorial/places", starts_line=1),
    )


def test_blocks_are_in_the_order_of_the_pages_and_in_reading_order(manifest: Manifest) -> None:
    words = "|".join(re.escape(word) for word in sorted({want.word for _, _, want in CASES}, key=len, reverse=True))
    assert [re.findall(words, block.text)[:1] for block in manifest.blocks] == [[want.word] for _, _, want in CASES]


@pytest.mark.parametrize(("page", "n", "want"), CASES, ids=[f"{page}-{want.word}" for page, _, want in CASES])
def test_a_block_has_its_exact_place(manifest: Manifest, page: str, n: int, want: Want) -> None:
    block = manifest.of(page)[n]
    source, line = found(want.word, "tutorial", "slides", turn=want.turn) or ("nowhere", 0)
    listing, listing_line = found(want.word, "snippets") or (None, None)
    assert block == Block(
        id=f"{source}:{line}{want.suffix}",
        page=page,
        source=source,
        line=line,
        language=want.language,
        role=want.role,
        text=block.text,
        listing=listing,
        listing_line=listing_line,
        whole=want.whole,
        path=want.path,
        options=want.options,
        emphasized=want.emphasized,
    )
    assert want.word in block.text.lstrip().split("\n")[0]


def test_ids_are_unique(manifest: Manifest) -> None:
    ids = [block.id for block in manifest.blocks]
    assert len(ids) == len(set(ids))


def test_the_rows_of_every_page_are_all_blocks_that_it_shows(built: Project, manifest: Manifest) -> None:
    for page in manifest.pages:
        folder, _, name = page.page.partition("/")
        html = (built.place / "build" / {"tutorial": "html", "slides": "revealjs"}[folder] / f"{name}.html").read_text()
        shown = len(re.findall(r"<pre\b", html))
        if folder == "slides":
            shown += 1  # sphinx-revealjs makes one paragraph of a slide's notes
        rows = [block for block in manifest.of(page.page) if not block.language.startswith("raw ")]
        assert shown == len(rows), page.page


def test_a_row_has_what_other_tools_rely_on(manifest: Manifest) -> None:
    assert [*manifest.blocks[0].row()] == [
        "id", "page", "source", "line", "language", "role", "text", "listing", "listing_line",
        "whole", "path", "options", "emphasized", "part", "replaces", "digest",
    ]  # fmt: skip


APART = """\
:starts-from: index
:sections: apart

Page
====

.. code-block:: console

   $ first

.. _anchor:

One
---

.. code-block:: console

   $ second

Further
~~~~~~~

.. note::

   .. code-block:: console

      $ third

Two
---

.. code-block:: console

   $ fourth
"""


def test_sections_that_stand_apart_are_told_from_one_another(tmp_path: Path) -> None:
    index = "Index\n=====\n\n.. toctree::\n\n   apart\n\n:ref:`anchor`\n"
    project = Project(tmp_path, {"tutorial/index.rst": index, "tutorial/apart.rst": APART})
    project.build()
    assert [block.part for block in project.blocks()] == ["", "one", "one", "two"]
    assert Manifest.load(project.manifest_file()).page("tutorial/apart").apart
    project.write("tutorial/apart.rst", APART.replace(":sections: apart\n", ""))
    project.build()
    assert {block.part for block in project.blocks()} == {""}


# -- Again ---------------------------------------------------------------------------------------

SMALL = {
    "tutorial/index.rst": "Index\n=====\n\n.. toctree::\n\n   one\n   two\n",
    "tutorial/one.rst": "One\n===\n\n.. literalinclude:: ../snippets/one.txt\n   :start-after: begin\n",
    "tutorial/two.rst": "Two\n===\n\n.. include:: two.txt\n",
    "tutorial/two.txt": "Text::\n\n   second\n",
    "tutorial/three.rst": ":orphan:\n\nThree\n=====\n\n::\n\n   third\n",
    "snippets/one.txt": "begin\nfirst\n",
}


@pytest.fixture
def small(tmp_path: Path) -> Project:
    project = Project(tmp_path, SMALL)
    project.build()
    return project


def test_the_manifest_follows_the_pages_and_no_more_is_read_than_has_changed(tmp_path: Path) -> None:
    project = Project(tmp_path, SMALL)
    project.build()
    written = project.manifest_file().stat().st_mtime_ns
    assert pages_read(project.build()) == []
    assert project.manifest_file().stat().st_mtime_ns == written

    (tmp_path / "tutorial/three.rst").unlink()
    project.manifest_file().write_text("{")  # as an interrupted run would leave it
    assert pages_read(project.build()) == []
    assert [block.text for block in project.blocks()] == ["first\n", "second"]

    project.write("snippets/one.txt", "more\nbegin\nchanged\n")
    project.write("tutorial/two.txt", "More text.\n\nText::\n\n   changed too\n")
    assert pages_read(project.build()) == ["one", "two"]
    assert [(block.text, block.line, block.listing_line) for block in project.blocks()] == [
        ("changed\n", 4, 3),
        ("changed too", 5, None),
    ]


# The deck is read anew whenever it is built, as its extension adds to the configuration after that was compared.
@pytest.mark.parametrize("name", ["inbrowser", "reference", "snippets", "tested", "website"])
def test_a_change_of_an_extension_has_the_pages_read_again(tmp_path: Path, name: str) -> None:
    project = Project(tmp_path, {**SMALL, "conf.py": f"{CONF}extensions += [{name!r}]\n"})
    extensions = tmp_path / "extensions"
    shutil.copytree(EXTENSIONS, extensions)
    project.build(extensions=extensions)
    with (extensions / name / "__init__.py").open("a") as changed:
        changed.write("# A comment.\n")
    assert len(pages_read(project.build(extensions=extensions))) == len(
        [path for path in SMALL if path.endswith(".rst")]
    )


# -- Faults --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """A block with something wrong, and what the author is told; ``at`` stands on the line named."""

    name: str
    block: str
    at: str
    told: str
    file: str = ""


CODE, LISTING, INCLUDE = ".. code-block", ".. literalinclude", ".. include"
A_CONF = f"{LISTING}:: ../snippets/a.conf\n"
UNPLACED = "cannot tell on which line this block begins"
SCATTERED = "show the lines of a listing in their order, without gaps"


def block(first: str, *lines: str) -> str:
    """Return a code block of that language, with these options and this content."""
    return "\n".join([f"{CODE}:: {first}", *(f"   {line}" for line in lines)])


def number(low: int, high: int, option: str, value: str) -> str:
    return f'(option: "{option}"; value: {value})\nit must be a number from {low} to {high}'


FAULTS = (
    # Options
    Fault("exit of apache", block("apache", ":exit: 3", "", "Listen 1"), "Listen 1",
          "':exit:' belongs to console, not to apache"),
    Fault("context of python", block("python", ":context: vhost", "", "pass"), "pass",
          "':context:' belongs to apache, not to python"),
    Fault("terminal of a listing", f"{A_CONF}   :language: apache\n   :terminal: 2", LISTING,
          "':terminal:' belongs to console, not to apache"),
    Fault("exit of raw", ".. raw:: html\n   :exit: 3\n\n   text", "text",
          "':exit:' belongs to console, not to raw html"),
    Fault("exit a letter", block("console", ":exit: x", "", "$ ls"), CODE, number(1, 255, "exit", "'x'")),
    Fault("exit of success", block("console", ":exit: 0", "", "$ ls"), CODE, number(1, 255, "exit", "'0'")),
    Fault("exit empty", block("console", ":exit:", "", "$ ls"), CODE, number(1, 255, "exit", "None")),
    Fault("first terminal", block("console", ":terminal: 1", "", "$ ls"), CODE, number(2, 9, "terminal", "'1'")),
    Fault("limit a fraction", block("console", ":limit: 1.5", "", "$ ls"), CODE, number(1, 600, "limit", "'1.5'")),
    Fault("unknown context", block("apache", ":context: foo", "", "Listen 1"), CODE,
          '"foo" unknown; choose from "server", "vhost", "directory", or "htaccess"'),
    Fault("no reason", block("text", ":unchecked:", "", "text"), CODE, '(option: "unchecked"; value: None)'),
    Fault("unknown option", block("console", ":exist: 1", "", "$ ls"), CODE, 'unknown option: "exist"'),
    # Listings
    Fault("missing listing", f"{LISTING}:: ../snippets/none.conf", LISTING, "snippets/none.conf' not found"),
    Fault("missing marker", f"{A_CONF}   :start-at: nowhere", LISTING, "start-at pattern not found: nowhere"),
    Fault("scattered lines", f"{A_CONF}   :lines: 1,3", LISTING, SCATTERED),
    Fault("added line", f"{A_CONF}   :prepend: text", LISTING, SCATTERED),
    Fault("outside of snippets", f"{LISTING}:: whole.txt", LISTING,
          "tutorial/whole.txt: a listing must be in snippets/"),
    Fault("linked from outside", f"{LISTING}:: ../snippets/linked.txt", LISTING,
          "tutorial/whole.txt: a listing must be in snippets/, and so must the file that a link leads to"),
    Fault("region with a path", f"{A_CONF}   :lines: 2-\n   :caption: /etc/a.conf", LISTING,
          "/etc/a.conf: a listing that goes to a file is shown whole"),
    Fault("fails of a file", block("apache", ":caption: /etc/a.conf", ":fails: no", "", "Listen 1"), "Listen 1",
          "':fails:' belongs to a fragment; this block goes to /etc/a.conf"),
    Fault("context of a file", block("apache", ":caption: /etc/a.conf", ":context: vhost", "", "Listen 1"), "Listen 1",
          "':context:' belongs to a fragment; this block goes to /etc/a.conf"),
    # Transcripts
    Fault("no command", block("console", "", "only output"), "only output", "output before a command"),
    Fault("output first", block("console", "", "output", "$ ls"), "   output", "output before a command"),
    Fault("empty prompt", block("console", "", "$ ls", "(venv) $"), "(venv) $", "a prompt with no command"),
    Fault("open quote", block("console", "", "$ ls", "text", "$ echo 'a", "b'"), "$ echo", "the command is incomplete"),
    Fault("hidden failure", block("console", "", "$ ls", "$ grep x y || true"), "$ grep", "'|| true' hides a failure"),
    Fault("transcript in a listing", f"{A_CONF}   :language: console", LISTING, "output before a command"),
    Fault("fault in an included file", f"{INCLUDE}:: faulty.txt", "$ ls ||", "'|| true' hides a failure",
          file="tutorial/faulty.txt"),
    # Pages
    Fault("sections", ":sections: alone\n\nText.", "", "':sections: alone': write 'apart', or leave it out"),
    # Places
    Fault("empty block", f"Text.\n\n{block('text')}\n\nText.", CODE, "the block is empty"),
    Fault("empty listing", f"{LISTING}:: ../snippets/empty.txt", LISTING, "the block is empty"),
    Fault("in a table of values", '.. csv-table::\n\n   1, "Text::\n\n     text"', "", UNPLACED),
    Fault("raw from a file", ".. raw:: html\n   :file: ../snippets/a.conf", ".. raw", UNPLACED),
    Fault("code from a file", f"{INCLUDE}:: ../snippets/a.conf\n   :code: apache", "", UNPLACED),
    Fault("part of a file", f"{INCLUDE}:: whole.txt\n   :start-line: 2", "", UNPLACED, file="tutorial/whole.txt"),
    Fault("part of a file with a listing", f"{INCLUDE}:: listing.txt\n   :start-line: 2", "", UNPLACED,
          file="tutorial/listing.txt"),
)  # fmt: skip


def file_of(fault: Fault) -> str:
    return fault.file or f"tutorial/{fault.name.replace(' ', '-')}.rst"


def page_of(fault: Fault) -> str:
    if fault.name == "sections":
        return f":orphan:\n{fault.block}\n\nPage\n====\n"
    return f":orphan:\n\nPage\n====\n\n{fault.block}\n"


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Write a page for each fault."""
    pages = {f"tutorial/{fault.name.replace(' ', '-')}.rst": page_of(fault) for fault in FAULTS}
    others = {
        "tutorial/index.rst": "Index\n=====\n",
        "tutorial/faulty.txt": "Text.\n\n- .. code-block:: console\n\n     $ ls || true\n",
        "tutorial/whole.txt": "One.\n\nTwo::\n\n   text\n",
        "tutorial/listing.txt": "One.\n\nTwo.\n\n.. literalinclude:: ../snippets/a.conf\n",
        "snippets/a.conf": "# First line\nListen 1\nListen 2\n",
        "snippets/empty.txt": "",
    }
    project = Project(tmp_path_factory.mktemp("faulty"), pages | others)
    (project.place / "snippets/linked.txt").symlink_to("../tutorial/whole.txt")
    return project


@pytest.fixture(scope="module")
def stderr(faulty: Project) -> str:
    return faulty.build(fails=True).stderr


@pytest.fixture(scope="module")
def told(faulty: Project, stderr: str) -> list[tuple[str, int, str]]:
    """Return file, line and text of each message."""
    start = rf"^{re.escape(str(faulty.place))}/(\S+?):(\d+): (?:WARNING|ERROR): "
    _, *parts = re.split(start, stderr, flags=re.MULTILINE)
    return [(file, int(line), text) for file, line, text in zip(*[iter(parts)] * 3, strict=True)]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_fault_gives_one_message_with_file_and_line(
    faulty: Project, told: list[tuple[str, int, str]], fault: Fault
) -> None:
    file = file_of(fault)
    ours = [(line, text) for where, line, text in told if where == file]
    assert len(ours) == 1, ours
    line, text = ours[0]
    assert fault.told in text
    if fault.at:
        assert fault.at in (faulty.place / file).read_text().split("\n")[line - 1]


def test_no_message_is_about_anything_else(told: list[tuple[str, int, str]]) -> None:
    assert {file for file, _, _ in told} == {file_of(fault) for fault in FAULTS}


def test_a_build_that_failed_fails_again(faulty: Project, stderr: str) -> None:
    assert faulty.build(fails=True).stderr == stderr
