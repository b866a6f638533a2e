"""Transcripts: what a ``console`` block says was typed, and what it says came back.

``$ `` and ``(venv) $ `` are the prompts. ``> `` continues a command only while the shell finds it
incomplete; after that it is output like any other. ``^C`` ends a command that keeps running, and
lines before it, at the top of a block, are what that command has said since it started.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

PROMPT = re.compile(r"(\([^()]+\) )?\$( |$)")
INTERRUPT = "^C"
ANY = "..."


#: Seconds that a command has, unless its page says another limit.
LIMIT = 10


class TranscriptError(ValueError):
    """A block that cannot be read as a transcript; ``offset`` is its line, counted from 0."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset


class NoBashError(RuntimeError):
    """There is no bash to read transcripts with; the message says what to do."""


@dataclass(frozen=True)
class Step:
    """One thing typed and the lines shown after it.

    ``command`` is the text typed (several lines for a heredoc), ``INTERRUPT``, or ``None`` for
    lines that a command still running has written. ``offset`` is the line it stands on in the
    block, from 0.
    """

    command: str | None
    shown: tuple[str, ...]
    offset: int
    prompt: str = ""
    keeps_running: bool = False

    @property
    def compared(self) -> bool:
        """Whether the shown lines say anything about the output."""
        return set(self.shown) != {ANY}


def parse(text: str, *, own_terminal: bool = False) -> list[Step]:
    """Read a transcript.

    :param own_terminal: the block has a terminal of its own, where its last command may keep running
    :raises TranscriptError: no command, output before a command, an incomplete command, ``|| true``
    :raises NoBashError: nothing here knows where a command ends
    """
    return [*_parsed(text, own_terminal)]


@cache  # a build reads each transcript several times
def _parsed(text: str, own_terminal: bool) -> tuple[Step, ...]:
    steps: list[Step] = []
    lines = text.rstrip().split("\n")
    at = 0
    while at < len(lines):
        start, command, prompt = at, None, ""
        if lines[at] == INTERRUPT:
            command, at = INTERRUPT, at + 1
        elif found := PROMPT.match(lines[at]):
            prompt = found[0]
            command, at = _command(lines, at, len(prompt))
        shown_from = at
        while at < len(lines) and not _typed(lines[at]):
            at += 1
        stays = own_terminal if at == len(lines) else lines[at] == INTERRUPT
        stays = stays and command not in (None, INTERRUPT)
        steps.append(Step(command, tuple(_trim(lines[shown_from:at])), start, prompt, stays))
    if steps[0].command is None and (len(steps) == 1 or steps[1].command != INTERRUPT):
        raise TranscriptError(0, "output before a command: a command starts with '$ '")
    return tuple(steps)


def _typed(line: str) -> bool:
    return line == INTERRUPT or PROMPT.match(line) is not None


def _command(lines: Sequence[str], at: int, prompt: int) -> tuple[str, int]:
    """Return the command that starts on a line, and the line after its last."""
    start, command = at, lines[at][prompt:]
    at += 1
    while at < len(lines) and re.match(r">( |$)", lines[at]) and _incomplete(command):
        command += "\n" + lines[at][2:]
        at += 1
    if not command.strip():
        raise TranscriptError(start, "a prompt with no command")
    if re.search(r"\|\|\s*(true|:)($|[\s;&|)])", command):
        raise TranscriptError(start, "'|| true' hides a failure: say ':exit: N' instead")
    if _incomplete(command):
        raise TranscriptError(start, "the command is incomplete: the shell would wait for more lines ('> ')")
    if max(map(len, command.split("\n"))) > 4000:
        raise TranscriptError(start, "a terminal can't take a line longer than 4000 characters")
    return command, at


@cache
def _incomplete(command: str) -> bool:
    """Ask bash whether it would wait for another line."""
    if re.search(r"(^|[^\\])(\\\\)*\\$", command):
        return True
    read = _read(command)
    if "unexpected end of file" in read.stderr or "unexpected EOF" in read.stderr:
        return True
    # Of a here-document without an end some versions say nothing: one takes up whatever follows, also what is none.
    return "<<" in command and read.returncode == 0 and _read(f"{command}\n)").returncode == 0


def _read(command: str) -> subprocess.CompletedProcess[str]:
    """Have bash read a command without running it."""
    environment = os.environ | {"LC_ALL": "C", "BASH_ENV": ""}
    return subprocess.run(
        [bash(), "-n"], input=f"{command}\n", text=True, capture_output=True, env=environment, check=False
    )


@cache
def bash() -> str:
    """Find bash.

    :raises NoBashError: there is none
    """
    found = shutil.which("bash")
    if found is None:
        raise NoBashError("bash is missing, which tells where a command in a transcript ends: install it")
    return found


def matches(shown: Sequence[str], came: Sequence[str]) -> bool:
    """Compare output with what the page shows, whole but for trailing blanks.

    ``...`` alone on a line stands for any lines, inside a line for any text of that line.
    """
    came = _trim(came)
    first, *later = _parts(_trim(shown))
    if not later:
        return _same(first, came)
    *middle, last = later
    # The first part stands at the start, the last at the end, and each other wherever it comes
    # first: with wildcards of this one kind, taking the first place never loses a match.
    at, end = len(first), len(came) - len(last)
    if end < at or not _same(first, came[:at]) or not _same(last, came[end:]):
        return False
    for part in middle:
        places = range(at, end - len(part) + 1)
        found = next((place for place in places if _same(part, came[place : place + len(part)])), None)
        if found is None:
            return False
        at = found + len(part)
    return True


def line_matches(shown: str, came: str) -> bool:
    """Compare one line with the shown one, in which ``...`` stands for any text."""
    first, *later = shown.split(ANY)
    if not later:
        return shown == came
    *middle, last = later
    at, end = len(first), len(came) - len(last)
    if end < at or not (came.startswith(first) and came.endswith(last)):
        return False
    for part in middle:  # as above, in time that many wildcards cannot make long
        found = came.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _same(shown: Sequence[str], came: Sequence[str]) -> bool:
    return len(shown) == len(came) and all(map(line_matches, shown, came))


def _parts(shown: Sequence[str]) -> list[list[str]]:
    """Split shown lines at the ones that stand for any lines."""
    parts: list[list[str]] = [[]]
    for line in shown:
        if line == ANY:
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def _trim(lines: Sequence[str]) -> Sequence[str]:
    """Cut trailing blanks: of each line, and the lines that are blank."""
    trimmed = [line.rstrip() for line in lines]
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    return trimmed
