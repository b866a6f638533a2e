"""What the search's index is made of."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.project import Project
from website.search import FIRST, MOST, PAGE, Place, ranked, words

CONF = 'extensions = ["snippets", "website"]\nhtml_theme = "basic"\nhighlight_language = "none"\n'
PAGES = """
Threads
=======

Of threads. Ran on the page ``a``.

.. index:: AH01630, python-home

.. _denied:

Denied
------

.. code-block:: apache
   :emphasize-lines: 2

   ServerName lab
   Require all granted

.. code-block:: console
   :logs: nothing of the kind

   $ false; true

.. glossary::

   mount point
      Where an application begins.
"""


def index(place: Path) -> dict[str, Any]:
    text = (place / "build/html/_static/sections.js").read_text()
    read: dict[str, Any] = json.loads(re.sub(r"^Search[.]setIndex\((.*)\)\n$", r"\1", text))
    rows = ([ord(it) - FIRST for it in row] for row in read["rows"].split(" "))
    rows = (row if len(row) % 2 else [0, *row] for row in rows)  # search.js knows how rare it is
    return read | {"words": dict(zip(read["words"].split(" "), rows, strict=True))}


def found(read: dict[str, Any], word: str) -> list[Any]:
    """Return the titles of the places that have a word, best first."""
    places, row = [], read["words"].get(word, [0])
    at = 0
    for steps, worth in zip(row[1::2], row[2::2], strict=True):
        at += steps
        places.append((-worth, read["places"][at][1]))
    return [title for _, title in sorted(places)]


def test_names_are_words_as_they_are_written_and_in_their_parts() -> None:
    assert [*words("Set python-home in X-Forwarded-For of the os.environ")] == [
        "set", "python-hom", "python", "home", "x-forwarded-for", "x", "forward", "os.environ", "os", "environ",
    ]  # fmt: skip


def test_a_contraction_says_nothing() -> None:
    assert [*words("It doesn’t say 'shop', the user's")] == [*words("It say shop the user")]


def test_a_place_is_found_by_its_title_its_text_its_entries_and_what_it_makes_happen(tmp_path: Path) -> None:
    project = Project(tmp_path, {"conf.py": CONF, "tutorial/index.rst": PAGES})
    project.build("html")
    read = index(tmp_path)
    assert [place[1:] for place in read["places"]] == [
        ["Threads", ""], ["Denied", 1], ["mount point", "term-mount-point"],
    ]  # fmt: skip
    for word, titles in {
        "thread": ["Threads"], "deni": ["Denied"], "ah01630": ["Denied"], "python-hom": ["Denied"],
        "kind": ["Denied"], "servernam": ["Denied"], "mount": ["mount point"], "begin": ["mount point"],
    }.items():  # fmt: skip
        assert found(read, word) == titles, word
    assert read["words"]["requir"][2] > read["words"]["servernam"][2]


def place(title: str, text: str = "", worth: float = 3.0, **more: list[str]) -> Place:
    return Place("page", "a", title, worth, [text], **more)


def test_a_title_is_worth_more_than_a_mark_and_that_more_than_a_mention() -> None:
    index = ranked(
        [place("x", "nginx"), place("nginx"), place("y", "nginx", marked=["nginx"]), place("nginx", worth=PAGE)]
    )
    assert found({"words": index["words"], "places": [[0, n] for n in range(4)]}, "nginx") == [3, 1, 2, 0]


def test_a_word_that_is_everywhere_is_found_in_the_best_places() -> None:
    every = [place(f"t{n}", "apache " * (n + 1)) for n in range(MOST + 20)]
    index: Any = ranked(every)
    assert len(index["words"]["apach"][1:]) == 2 * MOST
    assert found({"words": index["words"], "places": [[0, n] for n in range(MOST + 20)]}, "apach")[-1] >= 20


def test_a_section_that_only_leads_on_is_not_found(tmp_path: Path) -> None:
    text = f"{PAGES}\nRead next\n---------\n\nOf processes.\n"
    project = Project(tmp_path, {"conf.py": CONF, "tutorial/index.rst": text})
    project.build("html")
    assert found(index(tmp_path), "process") == []
    project.write("tutorial/index.rst", text.replace("Read next", "Read more"))
    project.build("html")
    assert found(index(tmp_path), "process") == ["Read more"]
