"""Transcripts: what is a command, what is output, and when output is what the page shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import cast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from snippets import setup, transcript
from snippets.transcript import ANY, INTERRUPT, NoBashError, Step, TranscriptError, bash, line_matches, matches, parse
from tests.limits import at_most


def read(text: str, *, own_terminal: bool = False) -> list[tuple[str | None, tuple[str, ...]]]:
    return [(step.command, step.shown) for step in parse(text, own_terminal=own_terminal)]


# -- Commands and output -------------------------------------------------------------------------


@pytest.mark.parametrize("prompt", ["$ ", "(venv) $ ", "(my env-3.13) $ "])
def test_a_prompt_begins_a_command(prompt: str) -> None:
    assert parse(f"{prompt}ls -l\nthere") == [Step("ls -l", ("there",), 0, prompt)]


@pytest.mark.parametrize(
    "line", ["# ls", "% ls", "user@host:~$ ls", " $ ls", "$ls", "$$ ls", ">>> ls", "(venv)$ ls", "() $ ls", "^D"]
)
def test_nothing_else_is_a_prompt(line: str) -> None:
    assert read(f"$ first\n{line}\nlast") == [("first", (line, "last"))]


def test_a_block_is_commands_each_with_its_output_and_offset() -> None:
    assert parse("$ one\n$ two\na\n\nb\n\n(venv) $ three\n") == [
        Step("one", (), 0, "$ "),
        Step("two", ("a", "", "b"), 1, "$ "),
        Step("three", (), 6, "(venv) $ "),
    ]


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("$ cat <<END\n> one\n>\n>   two\n> END", "cat <<END\none\n\n  two\nEND"),
        ("$ cat <<'END'\n> it's\n> END", "cat <<'END'\nit's\nEND"),
        ("$ echo 'a\n> b'", "echo 'a\nb'"),
        ('$ echo "a\n> b"', 'echo "a\nb"'),
        ("$ echo a \\\n>     b", "echo a \\\n    b"),
        ("$ echo a &&\n> echo b", "echo a &&\necho b"),
        ("$ echo a |\n> cat", "echo a |\ncat"),
        ("$ for n in 1 2\n> do echo $n\n> done", "for n in 1 2\ndo echo $n\ndone"),
        ("$ if true; then\n> ls\n> fi", "if true; then\nls\nfi"),
        ("$ echo $(ls\n> )", "echo $(ls\n)"),
        ("$ {\n> ls\n> }", "{\nls\n}"),
    ],
)
def test_a_command_goes_on_while_the_shell_finds_it_incomplete(typed: str, command: str) -> None:
    assert read(f"{typed}\n> output\n$ ls") == [(command, ("> output",)), ("ls", ())]


@pytest.mark.parametrize("command", ["ls", "echo 'a'", r"echo \\", r"echo 'a' \\", "fi", "ls && ls"])
def test_after_a_complete_command_a_continuation_is_output(command: str) -> None:
    assert read(f"$ {command}\n> more\n>") == [(command, ("> more", ">"))]


@pytest.mark.parametrize(
    ("text", "offset", "said"),
    [
        ("", 0, "output before a command"),
        ("only output", 0, "output before a command"),
        ("# ls\n$ ls", 0, "output before a command"),
        ("> ls", 0, "output before a command"),
        ("$ ls\n$", 1, "a prompt with no command"),
        ("(venv) $ \n$ ls", 0, "a prompt with no command"),
        ("$ ls\n\n$ echo 'a", 2, "incomplete"),
        ("$ echo 'a\nb'", 0, "incomplete"),
        ("$ echo 'a\n$ b'", 0, "incomplete"),
        ("$ cat <<END\n> text", 0, "incomplete"),
        ("$ cat <<END\ntext\nEND", 0, "incomplete"),
        ("$ echo a \\", 0, "incomplete"),
        ("$ echo a &&\n> ", 0, "incomplete"),
        ("$ for n in 1 2", 0, "incomplete"),
        (f"$ echo {'a' * 4000}", 0, "4000"),
    ],
)
def test_what_is_no_transcript_is_refused_with_its_line(text: str, offset: int, said: str) -> None:
    with pytest.raises(TranscriptError, match=re.escape(said)) as refused:
        parse(text)
    assert refused.value.offset == offset


@pytest.mark.parametrize(
    "command",
    ["ls || true", "ls ||true", "ls || :", "ls||true; ls", "(ls || true)", "ls || true | cat", "{ ls || true; }",
     "ls || true # comment", "ls || true && ls", "ls ||\n> true"],
)  # fmt: skip
def test_a_command_that_hides_its_failure_is_refused(command: str) -> None:
    with pytest.raises(TranscriptError, match="hides a failure"):
        parse(f"$ {command}")


@pytest.mark.parametrize("command", ["ls || echo true", "true || ls", "ls || truest", "ls | true", "echo '|| true'"])
def test_a_command_that_does_not_hide_its_failure_is_taken(command: str) -> None:
    assert read(f"$ {command}") == [(command, ())]


# -- The shell that is asked ---------------------------------------------------------------------

HERE = [
    "cat <<END\ntext",
    "cat <<-'E F'\n\ttext\nE",
    "cat <<A <<B\n1\nA\n2",
    "cat <<END",
    "if true; then cat <<E; fi\nx",
]
WHOLE = ["cat <<END\n)\nEND", "cat <<'E'\nit's\nE", "cat <<< END", "echo $((1<<2))", "echo '<<END'", "fi <<END"]


class Bash:
    """Plays bash, and counts how often it is called."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place, self.real = place, bash()
        monkeypatch.setenv("PATH", str(place), prepend=":")
        self.forget()

    def __call__(self, script: str) -> None:
        (self.place / "bash").write_text(f"#!/bin/sh\necho >> {self.place}/calls\n{script}\n")
        (self.place / "bash").chmod(0o755)
        self.forget()

    def calls(self) -> int:
        return (self.place / "calls").read_text().count("\n")

    @staticmethod
    def forget() -> None:
        for known in (bash, transcript._incomplete, transcript._parsed):
            known.cache_clear()


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bash]:
    yield (playing := Bash(tmp_path, monkeypatch))
    playing.forget()


@pytest.mark.parametrize("version", ["one that warns", "one that does not"])
def test_every_bash_gives_the_same_answer_on_here_documents(fake: Bash, version: str) -> None:
    hidden = "here-document" if version == "one that does not" else "nothing"
    fake(f'said=$({fake.real} "$@" 2>&1); status=$?; echo "$said" | grep -v {hidden} >&2; exit $status')
    assert [command for command in HERE + WHOLE if transcript._incomplete(command)] == HERE


def test_bash_is_asked_once_about_a_command(fake: Bash) -> None:
    fake(f'exec {fake.real} "$@"')
    text = "$ ls\nthere\n$ for n in 1\n> do ls\n> done\n$ ls"
    steps = parse(text)
    calls = fake.calls()
    assert calls == 4  # of ls, and of the loop line by line
    steps.clear()
    assert [step.command for step in parse(text)] == ["ls", "for n in 1\ndo ls\ndone", "ls"]
    assert len(parse(text, own_terminal=True)) == 3
    assert fake.calls() == calls


def test_bash_is_found_and_runs_with_the_environment_of_the_build(fake: Bash, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDED", "here")
    fake(f'[ "$NEEDED$LC_ALL" = hereC ] && exec {fake.real} "$@"; echo unexpected EOF >&2')
    assert not transcript._incomplete("ls")


def test_no_bash_is_told_in_one_line(fake: Bash, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoBashError, match=r"^bash is missing, .*: install it$"):
        parse("$ ls")
    with pytest.raises(ExtensionError, match=r"^bash is missing, .*: install it$"):  # Sphinx: no traceback
        setup(cast(Sphinx, None))


# -- Commands that keep running ------------------------------------------------------------------


def test_ctrl_c_ends_a_command_that_keeps_running() -> None:
    assert parse("$ serve\nup\n^C\nbye\n$ ls") == [
        Step("serve", ("up",), 0, "$ ", keeps_running=True),
        Step(INTERRUPT, ("bye",), 2),
        Step("ls", (), 4, "$ "),
    ]


def test_the_last_command_keeps_running_in_a_terminal_of_its_own_only() -> None:
    assert [step.keeps_running for step in parse("$ cd /\n$ serve\nup", own_terminal=True)] == [False, True]
    assert [step.keeps_running for step in parse("$ cd /\n$ serve\nup")] == [False, False]


def test_a_block_may_go_on_with_what_still_runs() -> None:
    assert read("GET /\n^C\nbye", own_terminal=True) == [(None, ("GET /",)), (INTERRUPT, ("bye",))]
    assert parse("^C\nbye", own_terminal=True) == [Step(INTERRUPT, ("bye",), 0)]
    with pytest.raises(TranscriptError):
        parse("GET /\n$ ls", own_terminal=True)


# -- Output --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "came"),
    [
        ("", ""),
        ("a\nb", "a\nb"),
        ("a", "a  \n\n \n"),
        ("a  \n\n", "a"),
        ("a\n\nb", "a\n\nb"),
        ("...", ""),
        ("...", "a\nb"),
        ("a\n...", "a"),
        ("...\na", "a"),
        ("...\nb\n...", "a\nb\nc"),
        ("a\n...\nd", "a\nb\nc\nd"),
        ("...\nb\n...\nb", "a\nb\nb"),
        ("...\na\nb\n...\nc", "a\na\nb\nc"),
        ("...\n...", "a"),
        ("a...", "a"),
        ("a...", "a and more"),
        ("...a", "more a"),
        ("a...b...c", "a b b c"),
        ("[...] [...]", "[1] [2]"),
        ("using .... Set", "using 127.0.0.1. Set"),
        ("a... \n...", "abc\nd"),
        ("...\nb...\n...", "a\nbc\nd"),
        (".+[x]", ".+[x]"),
    ],
)
def test_output_that_is_what_the_page_shows(shown: str, came: str) -> None:
    assert matches(shown.split("\n"), came.split("\n"))


@pytest.mark.parametrize(
    ("shown", "came"),
    [
        ("", "a"),
        ("a", ""),
        ("a", "A"),
        ("a", "aa"),
        ("a", " a"),
        ("a", "\na"),
        ("a\nb", "b\na"),
        ("a\nb", "a\n\nb"),
        ("a\n\nb", "a\nb"),
        ("a\n...", "b\na"),
        ("...\na", "a\nb"),
        ("a\n...\na", "a"),
        ("...\nb\n...\na\n...", "a\nb"),
        ("...\na\nb\n...", "a\nc\nb"),
        ("a...", "b"),
        ("a...a", "a"),
        ("a...b...c", "a c b"),
        ("a...a...", "ab"),
        ("...b...b", "ab"),
        ("...a...a...", "a"),
        ("a...b", "a\nb"),
        ("a...\nc", "a\nb\nc"),
        ("[...]", "[x"),
        (".", "a"),
        ("a..b", "a--b"),
    ],
)
def test_output_that_is_not_what_the_page_shows(shown: str, came: str) -> None:
    assert not matches(shown.split("\n"), came.split("\n"))


@pytest.mark.parametrize(
    ("shown", "compared"),
    [((), True), (("a",), True), (("...", "a"), True), (("a...",), True), (("...",), False), (("...", "..."), False)],
)
def test_only_dots_say_nothing_about_the_output(shown: tuple[str, ...], compared: bool) -> None:
    assert Step("ls", shown, 0).compared == compared


# -- Whatever comes ------------------------------------------------------------------------------

WORDS = st.text("abcXYZ019/-_=.:@", min_size=1, max_size=8)
COMMANDS = st.lists(WORDS, min_size=1, max_size=3).map(lambda words: f"echo {' '.join(words)}")
TEXT = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), max_size=12)
#: Lines as a terminal shows them, without trailing blanks.
LINES = st.lists(TEXT.map(str.rstrip).filter(lambda line: "." not in line), max_size=6).filter(
    lambda lines: not lines or bool(lines[-1])
)
OUTPUT = LINES.filter(lambda lines: not any(re.match(r"(\(.*\) )?\$( |$)|\^C$", line) for line in lines))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["$ ", "(venv) $ "]), COMMANDS, OUTPUT), min_size=1, max_size=4))
def test_what_was_typed_is_read_back(typed: list[tuple[str, str, list[str]]]) -> None:
    text = "\n".join("\n".join([prompt + command, *shown]) for prompt, command, shown in typed)
    assert [(step.prompt, step.command, list(step.shown)) for step in parse(text)] == typed


@settings(deadline=None)
@given(LINES, st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_output_is_itself_whatever_blanks_follow(lines: list[str], blanks: list[int]) -> None:
    came = [line + " " * blanks[n] for n, line in enumerate(lines)] + [""] * blanks[-1]
    assert matches(lines, came)
    assert matches(came, lines)


@settings(deadline=None)
@given(LINES, st.data())
def test_dots_stand_for_any_run_of_lines(lines: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(lines)))
    end = data.draw(st.integers(start, len(lines)))
    assert matches([*lines[:start], ANY, *lines[end:]], lines)


@settings(deadline=None)
@given(LINES, st.data())
def test_dots_stand_for_any_part_of_a_line(lines: list[str], data: st.DataObject) -> None:
    assume(lines)
    n = data.draw(st.integers(0, len(lines) - 1))
    start = data.draw(st.integers(0, len(lines[n])))
    end = data.draw(st.integers(start, len(lines[n])))
    assert matches([*lines[:n], lines[n][:start] + ANY + lines[n][end:], *lines[n + 1 :]], lines)


@settings(deadline=None)
@given(LINES, st.data())
def test_one_other_sign_is_another_output(lines: list[str], data: st.DataObject) -> None:
    n = data.draw(st.integers(0, len(lines) - 1)) if lines else assume(False)
    at = data.draw(st.integers(0, len(lines[n]) - 1)) if lines[n] else assume(False)
    changed = lines[n][:at] + ("x" if lines[n][at] != "x" else "y") + lines[n][at + 1 :]
    assert not matches(lines, [*lines[:n], changed, *lines[n + 1 :]])


@settings(deadline=None)
@given(LINES, st.data())
def test_one_line_more_is_another_output(lines: list[str], data: st.DataObject) -> None:
    n = data.draw(st.integers(0, len(lines)))
    more = [*lines[:n], "one more", *lines[n:]]
    assert not matches(lines, more)
    assert not matches(more, lines)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", ".", ANY]), max_size=8).map("".join), st.text("ab.", max_size=5))
def test_a_line_is_compared_as_a_regular_expression_would(shown: str, came: str) -> None:
    expected = re.fullmatch(".*".join(map(re.escape, shown.split(ANY))), came) is not None
    assert line_matches(shown, came) == expected


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b", "a...", ANY]), max_size=6),
    st.lists(st.sampled_from(["a", "b", "ab"]), max_size=6),
)
def test_lines_are_compared_as_trying_everything_would(shown: Sequence[str], came: Sequence[str]) -> None:
    @cache
    def fits(i: int, j: int) -> bool:
        if i == len(shown):
            return j == len(came)
        if shown[i] == ANY:
            return any(fits(i + 1, rest) for rest in range(j, len(came) + 1))
        return j < len(came) and line_matches(shown[i], came[j]) and fits(i + 1, j + 1)

    assert matches(shown, came) == fits(0, 0)


def test_many_wildcards_take_no_time() -> None:
    with at_most(5):
        assert not line_matches("a..." * 100 + "b", "a" * 5000)
        assert line_matches("a..." * 100 + "b", "a" * 5000 + "b")
        assert not matches(["a...a", ANY] * 100 + ["b"], ["aa"] * 1000)
        assert matches(["a...a", ANY] * 100 + ["b"], ["aa"] * 1000 + ["b"])
