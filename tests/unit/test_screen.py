"""What a terminal shows of what a command has written, whatever that is."""

from __future__ import annotations

import base64
import json
import re
import tracemalloc
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from project import ROOT
from runner import course, screen
from runner.course import Course
from runner.screen import COLUMNS, CUT, MORE, ROWS, WIDTH, Screen, rendered
from runner.verdict import Failed, Verdict
from snippets.manifest import Block
from tests.limits import at_most

CASES = [case for cases in json.loads((ROOT / "tests/data/screen.json").read_text()).values() for case in cases]


@pytest.mark.parametrize(("output", "lines"), CASES, ids=[repr(output[:40]) for output, _ in CASES])
def test_what_a_terminal_shows(output: str, lines: list[str]) -> None:
    assert rendered(output.encode()) == lines


def test_what_is_no_text_is_marked() -> None:
    assert rendered(b"gr\xfc\xdfe\n") == ["gr\ufffd\ufffde"]


def test_a_longer_line_is_cut_and_told() -> None:
    shown = ["x" * WIDTH, "z" + "y" * (WIDTH - 1) + CUT]
    assert rendered(b"x" * WIDTH + b"\n" + b"y" * (WIDTH + 1) + b"\rz") == shown
    assert rendered(b"x" * WIDTH + b" y") == ["x" * WIDTH + CUT]


def test_more_output_is_cut_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "MOST", 10)
    assert rendered(b"123456789\n") == ["123456789"]
    assert rendered(b"1234567\n8\n9\n") == ["1234567", "8", MORE]
    once = Screen()
    for _ in range(3):
        once.feed(b"abcd\n")
    assert once.lines() == ["abcd", "abcd", MORE]


# -- Whatever comes ------------------------------------------------------------------------------

#: What the machinery would meet only on purpose: all that begins a sequence, broken off anywhere, and any bytes.
PIECES = st.sampled_from(
    [
        b"\x1b[",
        b"\x1b]",
        b"\x1bP",
        b"\x1b",
        b"\x9b",
        b"\x07",
        b"\x1b\\",
        b"?",
        b"6n",
        b"1;2r",
        b";",
        b"99999999999999999999",
    ]
    + [b"%d" % n for n in (0, 1, 2, 3, 60, 5000)]
    + [bytes([sign]) for sign in b"ABCDGHJKLMPhlm\n\r\b\t\0 x"]
)
OUTPUT = st.lists(st.one_of(PIECES, PIECES, st.binary(max_size=4)), max_size=60).map(b"".join)
#: What is the same on paper.
PLAIN = st.lists(
    st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), max_size=20), max_size=70
)


@settings(max_examples=300, deadline=None)
@given(OUTPUT)
@example(b"\x1b[?6n\x1b[?5d\x1b[?3A\x1b[?1;2r\x1b[?1L\x1b[?1M\x1b[?1P\x1b[?1m")
@example(b"\x1b[" + b"9" * 5000 + b"A")
def test_no_output_raises_and_all_of_it_is_bounded(output: bytes) -> None:
    lines = rendered(output)
    assert len(lines) <= ROWS * (1 + output.count(b"H") + output.count(b"B")) + output.count(b"\n")
    assert all(line.isprintable() and len(line) <= len(output) * 8 + COLUMNS for line in lines)
    assert all(line == line.rstrip() for line in lines)
    assert rendered("\n".join(lines).encode()) == lines


@settings(deadline=None)
@given(PLAIN)
def test_plain_text_is_itself(lines: list[str]) -> None:
    trimmed = re.sub(r" +$", "", "\n".join(lines), flags=re.MULTILINE).rstrip("\n")
    assert "\n".join(rendered("\n".join(lines).encode())) == trimmed


@settings(deadline=None)
@given(st.lists(OUTPUT.map(lambda output: output + b"\n"), max_size=5))
def test_output_may_come_in_pieces(pieces: list[bytes]) -> None:
    drawn = Screen()
    for piece in pieces:
        drawn.feed(piece)
    assert drawn.lines() == rendered(b"".join(pieces))


@pytest.mark.parametrize(
    "output",
    [
        b"\x1b[2K" * 200_000,
        b"x" * WIDTH + b"\rx" * 100_000,
        b"x" * 100_000 + b"\x1b[2K" * 100_000,
        b"\n" * 100_000 + b"\x1b[2J" * 100_000,
        b"\n" * 100_000 + b"\x1b[H\x1b[J" * 50_000,
        b"\x1b[99Gx\n" * 50_000,
        b"\x1b[99;99Hx\n" * 50_000,
        b"\x1b]" * 200_000,
        b"\x1b]" + b"x" * 1_000_000,
        b"\x1b[" + b"1" * 1_000_000,
        b"\x1b[1;" * 100_000,
        b"\t" * 200_000,
        b"x\n" * 200_000 + b"\b",
    ],
    ids=lambda output: repr(output[:6])[2:-1] + " and " + repr(output[-6:])[2:-1],
)
def test_output_that_is_made_to_hold_up_the_runner_does_not(output: bytes) -> None:
    with at_most(60):  # what does more than one pass took hours
        rendered(output)


def test_many_lines_take_little_more_room_than_themselves() -> None:
    output = b"x\n" * 50_000 + b"\b"
    tracemalloc.start()
    try:
        assert len(rendered(output)) == 50_000
        assert tracemalloc.get_traced_memory()[1] < 30 * len(output)
    finally:
        tracemalloc.stop()


# -- While a command runs ------------------------------------------------------------------------


class Says:
    """A machine whose one command says a little at each look."""

    def __init__(self, *said: bytes) -> None:
        self.said = [*said]

    def ask(self, what: str, **_: Any) -> dict[str, Any]:
        said = self.said.pop(0) if what == "read" and self.said else b""
        return {"output": base64.b64encode(said).decode(), "opened": False}


def serve(machine: Says, shown: str) -> None:
    text = f"$ serve\n{shown}"
    block = Block("a.rst:5", "a", "a.rst", 5, "console", "transcript", text, options={"terminal": "2", "limit": "30"})
    Course(machine).run(block)  # type: ignore[arg-type]


def test_what_a_running_command_writes_is_drawn_once_while_it_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []

    class Counting(Screen):
        def feed(self, output: bytes | bytearray) -> None:
            drawn.append(len(output))
            super().feed(output)

    monkeypatch.setattr(course, "Screen", Counting)
    serve(
        Says(b"", *(b"\x1b[31mline\x1b[0m %d\n" % n for n in range(1000)), b"half", b"", b" and half\n", b"up"),
        "...\n...half",
    )
    assert sum(drawn) == sum(len(b"\x1b[31mline\x1b[0m %d\n" % n) for n in range(1000)) + len(b"half and half\n")


def test_the_lines_of_a_running_command_are_drawn_together() -> None:
    serve(Says(b"one\n50%", b"\r100%", b"\ntw", b"o\x1b[A\x1b[", b"2K\rzero\n\n"), "one\nzero\ntwo")
    with pytest.raises(Failed, match="more than 1 MiB of output"):
        serve(Says(*[b"x" * 999 + b"\n"] * 1100), "y")


# -- What is said of it --------------------------------------------------------------------------


def test_a_message_has_nothing_that_a_terminal_obeys() -> None:
    said = "a.rst:5: $ x\n  Apache logged:\n    \x1b]0;title\x07\ta\rb\ud800"
    assert (
        Verdict("failed", "", said).message
        == "a.rst:5: $ x\n  Apache logged:\n    \ufffd]0;title\ufffd  a\ufffdb\ufffd"
    )
