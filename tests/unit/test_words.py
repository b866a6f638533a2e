"""Words that are never meant, in what readers read, and headings that say nothing: ``tests/data/words.toml`` has them.

Looked at is prose: code, literals, addresses, labels and what machines say are left out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from docutils import nodes, utils
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Directive, Parser, directives, roles

from project import ROOT

TABLE = tomllib.loads((ROOT / "tests/data/words.toml").read_text())
PAGES = [
    *sorted((ROOT / "tutorial").rglob("*.rst")), *sorted((ROOT / "slides").rglob("*.rst")),
    ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "ARCHITECTURE.md",
]  # fmt: skip
#: Directives without prose, those whose argument is prose, and the options that are.
CODE = {"code-block", "literalinclude", "toctree", "index", "tested", "include", "raw", "demo", "qr-code"}
TITLED = {"admonition", "rubric", "note", "warning", "tip", "important", "caution", "seealso"}
SAID = ("alt", "default")
#: What stands for a literal or a link's address in a sentence.
LITERAL = "`"
#: A heading that is a line of a log, or begins with one: its words are not ours.
LOGGED = re.compile(rf"{LITERAL}|AH\d{{5}}|\d{{3}}\b|\w+(\.\w+)*Error\b")


@dataclass(frozen=True)
class Text:
    """A paragraph, heading or the like, with the line that it begins on."""

    page: str
    line: int
    text: str
    heading: bool = False


@dataclass(frozen=True)
class Row:
    """A form, and where it is meant after all."""

    form: re.Pattern[str]
    better: str
    why: str
    example: str
    but: list[dict[str, str]] = field(default_factory=list)

    def excuse(self, it: Text, at: re.Match[str]) -> int | None:
        """Return which exception a finding is, if one."""
        for n, but in enumerate(self.but):
            begins = [around.start() for around in re.finditer(re.escape(but["around"]), it.text)]
            if but["page"] in ("*", it.page) and any(0 <= at.start() - place < len(but["around"]) for place in begins):
                return n
        return None


WORDS, HEADINGS = (
    [Row(re.compile(before + row.pop("form") + before, re.IGNORECASE), **row) for row in rows]
    for before, rows in ((r"\b", TABLE["word"]), ("", TABLE["heading"]))
)


# -- The prose of a page ---------------------------------------------------------------------------


class Options(dict[str, Callable[[str], str]]):
    """Takes any option."""

    def __bool__(self) -> bool:
        return True

    def __missing__(self, _: str) -> Callable[[str | None], str]:
        return lambda value: value or ""


class Prose(Directive):
    """Any directive: what is said in it, and nothing of what it does."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = Options()

    def run(self) -> list[nodes.Node]:
        """Return its title, the options that are prose, and its content."""
        if self.name in CODE:
            return []
        here = nodes.Element()
        title = self.arguments if self.name in TITLED else []
        for text in (*title, *(self.options[it] for it in SAID if it in self.options)):
            said, _ = self.state.inline_text(text, self.lineno)
            paragraph = nodes.paragraph(text, "", *said)
            paragraph.line = self.lineno
            here += paragraph
        self.state.nested_parse(self.content, self.content_offset, here)
        return here.children


def role(name: str, _: str, text: str, *__: Any, **___: Any) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Return what any role shows, if the page says it."""
    titled = re.fullmatch(r"(.*?)\s*<[^<]*>", text, re.DOTALL)
    shown = titled[1] if titled else LITERAL if name in ("doc", "ref") else text
    return [nodes.Text(shown)], []


def restructured(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield the lines, texts and kinds of the prose of reStructuredText."""
    settings = get_default_settings(Parser)
    settings.report_level = 5
    document = utils.new_document("", settings)
    with (
        mock.patch.object(directives, "directive", lambda *_: (Prose, [])),
        mock.patch.object(roles, "role", lambda *_: (role, [])),
    ):
        Parser().parse(text, document)
    for node in document.findall(lambda it: isinstance(it, nodes.paragraph | nodes.title | nodes.term)):
        if isinstance(node.parent, nodes.system_message) or isinstance(node.parent.parent, nodes.field):
            continue
        for literal in list(node.findall(nodes.literal)):
            literal.replace_self(nodes.Text(LITERAL))
        line = next((it.line for it in (node, node.parent) if it.line), 0)
        yield line - isinstance(node, nodes.title), " ".join(node.astext().split()), isinstance(node, nodes.title)


def hide(text: str, hidden: str, shown: str) -> str:
    """Return a text with something else in place of what matches, and as many lines."""
    return re.sub(hidden, lambda it: shown + "\n" * it[0].count("\n"), text, flags=re.DOTALL)


def markdown(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield the lines, texts and kinds of the prose of Markdown: its paragraphs, items and rows."""
    for hidden, shown in (("```.*?```", ""), ("`[^`]*`", "…"), (r"(?<=\])\([^)]*\)", ""), ("<http[^>]*>", "…")):
        text = hide(text, hidden, shown)
    for found in re.finditer(r"(?:^\S.*\n?)(?:^(?!\d\.|[-|#]).*\S.*\n?)*", text, re.MULTILINE):
        line = text.count("\n", 0, found.start()) + 1
        yield line, " ".join(found[0].split()), found[0].startswith("#")


@cache
def prose(path: Path, page: str) -> tuple[Text, ...]:
    """Return all that a page says."""
    read = markdown if path.suffix == ".md" else restructured
    return tuple(Text(page, *it) for it in read(path.read_text()))


# -- What is wrong with it -------------------------------------------------------------------------


def rows(it: Text) -> Iterable[Row]:
    """Return what must not stand in a text."""
    if it.heading and it.page.startswith("tutorial/"):
        return [] if LOGGED.match(it.text) else [*WORDS, *HEADINGS]
    return WORDS


def found(texts: Iterable[Text]) -> Iterator[tuple[Text, Row, re.Match[str]]]:
    """Yield each word that is never meant, with its row."""
    for it in texts:
        for row in rows(it):
            yield from ((it, row, at) for at in row.form.finditer(it.text))


def faults(texts: Iterable[Text]) -> list[str]:
    """Return what to change, and why."""
    return [
        f"{it.page}:{it.line}: {at[0]!r} in {it.text[max(at.start() - 30, 0) : at.end() + 30]!r}: "
        f"better {row.better}, because {row.why}"
        for it, row, at in found(texts)
        if row.excuse(it, at) is None
    ]


def everything() -> list[Text]:
    return [it for path in PAGES for it in prose(path, path.relative_to(ROOT).as_posix())]


def test_no_page_has_a_word_that_is_never_meant_or_a_heading_that_says_nothing() -> None:
    assert len(everything()) > 4000  # or pages are not read
    assert faults(everything()) == []


def test_no_exception_is_left_over() -> None:
    used = {(id(row), row.excuse(it, at)) for it, row, at in found(everything())}
    assert [but for row in (*WORDS, *HEADINGS) for n, but in enumerate(row.but) if (id(row), n) not in used] == []
    assert all(but["why"] for row in (*WORDS, *HEADINGS) for but in row.but)


# -- Would it be noticed? --------------------------------------------------------------------------

#: Ways to say something on a page, in reStructuredText, with the line that it is then on.
SAYING = {
    "a paragraph": ("Title\n=====\n\n{}\n", 4),
    "an item": ("- One.\n- Two.\n\n  {}\n", 4),
    "a cell": (".. list-table::\n   :widths: 1 1\n\n   * - One\n     - {}\n", 5),
    "a title": (".. rubric:: {}\n", 1),
    "an admonition": (".. admonition:: Fix\n   :collapsible: closed\n\n   {}\n", 4),
    "what a picture shows": (".. image:: a.svg\n   :alt: {}\n", 1),
    "what a module takes": (".. recorded:: option user\n   :arguments: name\n\n   {}\n", 4),
    "a definition": (".. glossary::\n\n   word\n      {}\n", 4),
    "a link": ("See :ref:`this: {} <label>`.\n", 1),
    "emphasis": ("See *{}*\n", 1),
    "a slide's notes": (".. revealjs-notes::\n\n    {}\n", 3),
}
#: Ways to have a word on a page that is not said.
SHOWING = {
    "code": "::\n\n    {}\n",
    "a block": ".. code-block:: console\n   :limit: 5\n\n   $ echo {}\n",
    "a literal": "See ``{}``.\n",
    "a link's address": "See :doc:`the page <{}>` and `this <http://x.example/{}>`__.\n",
    "an entry of the index": ".. index::\n   single: {}\n",
    "a comment": ".. {}\n",
    "an option": ".. image:: a.svg\n   :name: {}\n",
    "a name": ".. recorded:: mistake {}\n",
    "a field": ":starts-from: {}\n",
}


def said(tmp_path: Path, text: str, name: str = "page.rst") -> list[str]:
    (tmp_path / name).write_text(text)
    return faults(prose(tmp_path / name, f"tutorial/{name}"))


@pytest.mark.parametrize("row", WORDS, ids=lambda row: row.example)
def test_each_word_is_found(tmp_path: Path, row: Row) -> None:
    (fault,) = said(tmp_path, f"Title\n=====\n\nThe first line,\nthe second. {row.example}\n")
    assert re.match(r"tutorial/page\.rst:4: '.*' in '.*': better .*, because ", fault)
    assert row.why in fault


@pytest.mark.parametrize(("text", "line"), SAYING.values(), ids=SAYING)
def test_a_word_is_found_wherever_it_is_said(tmp_path: Path, text: str, line: int) -> None:
    (fault,) = said(tmp_path, text.replace("{}", "Something is amiss."))
    assert fault.startswith(f"tutorial/page.rst:{line}: 'amiss' in ")


@pytest.mark.parametrize("text", SHOWING.values(), ids=SHOWING)
def test_code_and_addresses_are_left_alone(tmp_path: Path, text: str) -> None:
    assert said(tmp_path, text.replace("{}", "amiss")) == []


def test_markdown_is_read(tmp_path: Path) -> None:
    text = "# Title\n\nOne `amiss`\n[two](amiss).\n\n```\namiss\n```\n\n- `a` Amiss.\n- [amiss](a)\n\n| a | amiss |\n"
    assert [fault.partition(" in ")[0] for fault in said(tmp_path, text, "page.md")] == [
        "tutorial/page.md:10: 'Amiss'", "tutorial/page.md:11: 'amiss'", "tutorial/page.md:13: 'amiss'",
    ]  # fmt: skip


@pytest.mark.parametrize("row", HEADINGS, ids=lambda row: row.example)
def test_a_heading_that_says_nothing_is_found(tmp_path: Path, row: Row) -> None:
    (fault,) = said(tmp_path, f"{row.example}\n{'=' * len(row.example)}\n\nIt is a riddle, and nothing else.\n")
    assert fault.startswith("tutorial/page.rst:1: ")
    assert row.why in fault


def test_a_heading_that_is_a_line_of_a_log_is_left_alone(tmp_path: Path) -> None:
    text = "500, and nothing in the log"
    assert said(tmp_path, f"{text}\n{'=' * len(text)}\n") == []
