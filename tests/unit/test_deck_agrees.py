"""What deck and pages both say, they say alike."""

from __future__ import annotations

import re

import pytest

from project import ROOT

DECK = (ROOT / "slides/index.rst").read_text()
NUMBERS = {"three": 3, "four": 4, "five": 5, "six": 6}


@pytest.mark.parametrize("name", ["index", "talk"])
def test_the_talk_is_as_long_as_it_says(name: str) -> None:
    minutes = sum(map(int, re.findall(r":data-timing: (\d+)", DECK))) / 60
    (said,) = re.findall(r"(\d+) minutes", (ROOT / f"tutorial/{name}.rst").read_text())
    assert int(said) == round(minutes)


def ways(deck: str, lesson: str) -> set[int]:
    """Return in how many ways deck and lesson say that Apache and Python go together, and how many each shows."""
    slide = deck.partition("Python behind Apache\n---")[2].partition(".. revealjs-notes::")[0]
    said = re.findall(r"(\w+) ways(?: to do it with Apache|\. The question)", deck) + re.findall(
        r"in (\w+) ways", lesson
    )
    sections = re.findall(r"^(?:CGI|mod_\w+).*: .*\n-+$", lesson, re.MULTILINE)
    return {*(NUMBERS[it] for it in said), slide.count("* - ") - 1, len(sections)}


def test_apache_and_python_go_together_in_as_many_ways_in_the_deck_as_in_the_lesson() -> None:
    lesson = (ROOT / "tutorial/apache-and-python.rst").read_text()
    assert ways(DECK, lesson) == {5}
    assert ways(DECK.replace("five ways to do it", "four ways to do it"), lesson) == {4, 5}
    assert ways(DECK, lesson.replace("mod_proxy_uwsgi and", "and")) == {4, 5}
