"""What ``make transcripts`` writes: the output that came, with each ``...`` that still holds."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.rewrite import rewrite, updated
from snippets.manifest import Block
from snippets.transcript import matches, parse

LINES = st.lists(st.text("ab .", max_size=6).map(str.rstrip).filter(bool), max_size=8)


@pytest.mark.parametrize(
    ("shown", "came", "new"),
    [
        (["a", "...", "c"], ["a", "x", "y", "c"], ["a", "...", "c"]),  # right: not a byte
        (["a", "...", "c"], ["a", "x", "y", "d"], ["a", "...", "d"]),
        (["Server: Apache/2.4... (Debian)"], ["Server: Apache/2.4.68 (Ubuntu)"], ["Server: Apache/2.4... (Ubuntu)"]),
        (["[...] [pid ...] by runtime option: /x"], ["[Mon] [pid 4:tid 9] by runtime configuration: /x"],
         ["[...] [pid ...] by runtime configuration: /x"]),
        (["one", "two"], [], []),
        ([], ["one"], ["one"]),
        (["one", "three"], ["one", "two", "three"], ["one", "two", "three"]),
        (["..."], ["anything"], ["..."]),
    ],
)  # fmt: skip
def test_wildcards_that_hold_are_kept(shown: list[str], came: list[str], new: list[str]) -> None:
    assert updated(shown, came) == new


@given(LINES, LINES)
def test_what_is_written_is_right(shown: list[str], came: list[str]) -> None:
    assert matches(updated(shown, came), came)


@given(LINES, LINES)
def test_what_is_right_is_left_alone(shown: list[str], came: list[str]) -> None:
    once = updated(shown, came)
    assert updated(once, came) == once


def test_much_output_takes_little_more_room_than_itself() -> None:
    came = [f"line {number}" for number in range(20_000)]
    tracemalloc.start()
    try:
        assert updated(["...", "end"], [*came, "the end"]) == ["...", "the end"]
        assert tracemalloc.get_traced_memory()[1] < 10 << 20
    finally:
        tracemalloc.stop()


PAGE = """\
A page
======

- In a list:

  .. code-block:: console

     $ echo one
     once
     ...

     $ cat <<EOF
     > two
     > EOF
     two
     $ true

The end, with trailing text.
"""


def page(tmp_path: Path) -> Block:
    (tmp_path / "page.rst").write_text(PAGE)
    lines = PAGE.split("\n")[7:15]
    text = "\n".join(line.strip() for line in lines)
    return Block("page.rst:8", "page", "page.rst", 8, "console", "transcript", text)


def test_only_the_output_of_the_named_step_changes(tmp_path: Path) -> None:
    block = page(tmp_path)
    steps = parse(block.text)
    changed = rewrite(tmp_path, [(block, steps[0], ["one", "more"]), (block, steps[1], ["2", "", "3"])])
    assert changed == ["page.rst"]
    expected = PAGE.replace("     once\n", "     one\n").replace(
        "     > EOF\n     two\n", "     > EOF\n     2\n\n     3\n"
    )
    assert (tmp_path / "page.rst").read_text() == expected


def test_a_page_that_is_right_keeps_every_byte(tmp_path: Path) -> None:
    block = page(tmp_path)
    steps = parse(block.text)
    assert rewrite(tmp_path, [(block, steps[0], ["once"]), (block, steps[1], ["two"])]) == []
    assert (tmp_path / "page.rst").read_text() == PAGE


def test_a_transcript_that_is_a_listing_is_not_written_over_the_page(tmp_path: Path) -> None:
    block = page(tmp_path)
    listed = replace(block, listing="snippets/x.txt")
    with pytest.raises(ValueError, match=r"page\.rst:8: .*by hand"):
        rewrite(tmp_path, [(listed, parse(block.text)[0], ["one"])])
    assert (tmp_path / "page.rst").read_text() == PAGE
