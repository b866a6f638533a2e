"""Mutants: copies of a block with one thing wrong, which the suite has to notice.

Only what a page claims is changed: no comments, no blank lines. What is observed and not compared could not be
missed either, so a removed command is one that does something, and a wildcard in a transcript's output is never
widened: what comes always fits a wider one.
"""

from __future__ import annotations

import hashlib
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from snippets.manifest import Block
from snippets.transcript import ANY, Step

#: How many mutants a block has at most.
MOST = {"apache": 4, "console": 2}
OTHERWISE = 2
#: Languages of files in which a comment begins with a hash.
COMMENTED = ("bash", "ini", "nginx")

#: Commands that only look: without one, the page is as correct as before.
LOOKS = re.compile(
    r"(sudo )?(apachectl -[tSML]|nginx -t|a2query|systemctl is-\w+|dpkg|ps|pgrep|id|"
    r"curl|awk|grep|tail|head|cat|ls|stat|readlink|for|until|test|\[)(?!\w)"
)

#: What of a listing in Python can be changed. Not by Python's own tokenizer: it takes f-strings apart since 3.12, and
#: t-strings since 3.14, but the mutants and the record of them are the same whoever makes them.
PYTHON = re.compile(
    r"""
    (?P<comment>\#.*)
    | (?P<text>(?:[bfrtu]|[bft]r|r[bft])?(?:
          \"{3}(?:\\[\s\S]|[^\\])*?\"{3} | "(?:\\[\s\S]|[^\\"\n])*"
        | \'{3}(?:\\[\s\S]|[^\\])*?\'{3} | '(?:\\[\s\S]|[^\\'\n])*'
      ))
    | (?P<number>0[box][\da-f_]+ | (?:\d[\d_]*(?:\.[\d_]*)? | \.\d[\d_]*)(?:e[+-]?\d[\d_]*)?j?)
    | (?P<name>\w+)
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Mutant:
    """A block with one thing wrong: what kind of thing, on which line (from 0), what was there, what is there now.

    ``block`` is ``None`` if nothing is left of it.
    """

    of: Block
    block: Block | None
    kind: str
    line: int
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.of.at(self.line)}: {self.kind}: {self.was!r} → {self.now!r}"


def mutants(block: Block) -> list[Mutant]:
    """Return a block's mutants: always the same, of as many kinds as there can be."""
    makers = {"apache": _configuration, "console": _transcript, "python": _python, "text": _text}
    made = [mutant for mutant in makers.get(block.language, _text)(block) if mutant.was != mutant.now]
    made.sort(key=lambda it: hashlib.sha256(f"{it.kind}{it.line}{it.was}{it.now}{block.digest}".encode()).digest())
    by_kind: dict[str, list[Mutant]] = {}
    for mutant in made:
        by_kind.setdefault(mutant.kind, []).append(mutant)
    spread = [
        (turn, order, mutant) for order, group in enumerate(by_kind.values()) for turn, mutant in enumerate(group)
    ]
    spread.sort(key=lambda it: it[:2])
    return [mutant for _, _, mutant in spread[: MOST.get(block.language, OTHERWISE)]]


def misspelt(word: str) -> str:
    """Swap the first two letters that differ; a digit grows by one; otherwise a letter is added."""
    for at, (one, other) in enumerate(pairwise(word)):
        if one.isalpha() and other.isalpha() and one != other:
            return word[:at] + other + one + word[at + 2 :]
    if found := re.search(r"\d+", word):
        return word[: found.start()] + str(int(found[0]) + 1) + word[found.end() :]
    return word + "x"


# -- Configuration -------------------------------------------------------------------------------


def _configuration(block: Block) -> Iterator[Mutant]:
    if said := block.options.get("fails"):
        wrong = misspelt(said)
        options = block.options | {"fails": wrong}
        yield Mutant(block, replace(block, options=options), "changed message", 0, said, wrong)
    lines = block.text.rstrip("\n").split("\n")
    for at, line in enumerate(lines):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        first, *arguments = re.findall(r'"[^"]*"|\S+', line.strip())
        if first.startswith("</"):
            yield _without(block, lines, at, "dropped closing tag")
            continue
        continued = at > 0 and lines[at - 1].endswith("\\")
        if not continued:
            yield _instead(block, lines, at, "misspelt directive", first.strip("<>"), misspelt(first.strip("<>")))
        if not first.startswith("<"):
            yield _without(block, lines, at, "dropped line")
        for kind, was, now in _arguments(first, [first, *arguments] if continued else arguments):
            yield _instead(block, lines, at, kind, was, now)


def _arguments(directive: str, arguments: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield what can be wrong with a directive's arguments: the kind, what is there, what is there then."""
    if directive == "WSGIProcessGroup":
        yield "another process group", arguments[0], misspelt(arguments[0])
    if directive in ("WSGIDaemonProcess", "ServerName", "Require", "WSGIApplicationGroup"):
        last = arguments[0] if directive == "WSGIDaemonProcess" else arguments[-1]
        yield "changed value", last, misspelt(last)
    if directive in ("Require", "WSGIRestrictEmbedded"):
        opposite = {"granted": "denied", "On": "Off"}
        yield from (("opposite value", word, opposite[word]) for word in arguments if word in opposite)
    for argument in arguments:
        word = argument.strip('">')
        name, equals, value = word.partition("=")
        if equals:
            yield "misspelt option", f"{name}=", f"{misspelt(name)}="
            yield ("changed user" if name in ("user", "group") else "changed option"), word, f"{name}={_other(value)}"
        elif found := re.fullmatch(r"(.*:)(\d+)", word):
            yield "changed port", word, f"{found[1]}{int(found[2]) + 1}"
        elif word.startswith("/") and len(word) > 1:
            yield "changed path", word, _other(word)
            if directive == "<Directory" and word.count("/") > 1:
                yield "widened", word, word.rpartition("/")[0]


def _other(value: str) -> str:
    """Return another value of the same sort."""
    if value.isdecimal():
        return str(int(value) + 1)
    stem, dot, ending = value.rpartition(".")
    return f"{stem}x{dot}{ending}" if dot and "/" not in ending else f"{value}x"


# -- Transcripts ---------------------------------------------------------------------------------


def _transcript(block: Block) -> Iterator[Mutant]:
    lines = block.text.rstrip("\n").split("\n")
    steps = block.steps()
    if "exit" in block.options:
        options = {name: value for name, value in block.options.items() if name != "exit"}
        yield Mutant(block, replace(block, options=options), "changed status", 0, f":exit: {block.options['exit']}", "")
    elif steps[-1].command is not None and not steps[-1].keeps_running:
        options = block.options | {"exit": "1"}
        yield Mutant(block, replace(block, options=options), "changed status", 0, "", ":exit: 1")
    ends = [step.offset for step in steps[1:]] + [len(lines)]
    for step, end in zip(steps, ends, strict=True):
        yield from _step(block, lines, step, end)


def _step(block: Block, lines: list[str], step: Step, end: int) -> Iterator[Mutant]:
    typed = step.command.count("\n") + 1 if step.command else 0
    if step.command:
        if not LOOKS.match(step.command) and not step.keeps_running:
            rest = [*lines[: step.offset], *lines[end:]]
            left = replace(block, text="\n".join(rest)) if rest else None
            yield Mutant(block, left, "removed command", step.offset, step.command, "")
        for pattern, kind in ((r"//[\w.-]+", "changed host"), (r"(?<=[ '\"])/[\w./-]+\w", "changed path")):
            if found := re.search(pattern, lines[step.offset]):
                now = misspelt(found[0]) if kind == "changed host" else _other(found[0])
                yield _instead(block, lines, step.offset, kind, found[0], now)
    for at in range(step.offset + typed, step.offset + typed + len(step.shown)):
        words = {word for part in lines[at].split(ANY) for word in re.findall(r"\w+", part)}
        for word in sorted(words, key=lambda word: (-len(word), word))[:2]:
            yield _instead(block, lines, at, "changed output", word, misspelt(word))


# -- Other files ---------------------------------------------------------------------------------


def _python(block: Block) -> Iterator[Mutant]:
    lines = block.text.rstrip("\n").split("\n")
    for token in PYTHON.finditer(block.text):
        sort, was = token.lastgroup, token[0]
        before = block.text[: token.start()]
        docstring = sort == "text" and not before.rpartition("\n")[2].strip()
        if sort == "name" and not keyword.iskeyword(was) and len(was) > 2:
            kind, now = "misspelt name", misspelt(was)
        elif sort == "text" and not docstring and re.search(r"\w{3}", was):
            word = max(re.findall(r"\w+", was), key=len)
            kind, now = "changed text", was.replace(word, misspelt(word), 1)
        elif sort == "number":
            kind, now = "changed number", misspelt(was)
        else:
            continue
        if "\n" not in was:
            at, start = before.count("\n"), len(before.rpartition("\n")[2])
            changed = lines[at][:start] + now + lines[at][start + len(was) :]
            yield Mutant(block, _with(block, lines, at, changed), kind, at, was, now)


def _text(block: Block) -> Iterator[Mutant]:
    lines = block.text.rstrip("\n").split("\n")
    for at, line in enumerate(lines):
        claimed = re.sub(r"(^|\s)#.*", "", line) if block.language in COMMENTED else line
        for word in re.findall(r"\w{3,}", claimed):
            yield _instead(block, lines, at, "changed text", word, misspelt(word))


# -- One change ----------------------------------------------------------------------------------


def _with(block: Block, lines: list[str], at: int, line: str) -> Block:
    return replace(block, text="\n".join([*lines[:at], line, *lines[at + 1 :]]))


def _instead(block: Block, lines: list[str], at: int, kind: str, was: str, now: str) -> Mutant:
    return Mutant(block, _with(block, lines, at, lines[at].replace(was, now, 1)), kind, at, was, now)


def _without(block: Block, lines: list[str], at: int, kind: str) -> Mutant:
    rest = [*lines[:at], *lines[at + 1 :]]
    left = replace(block, text="\n".join(rest)) if rest else None
    return Mutant(block, left, kind, at, lines[at].strip(), "")
