"""Write the output that came into a page, as far as it differs from what the page shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import IntEnum
from pathlib import Path

from snippets.manifest import Block
from snippets.transcript import ANY, Step, line_matches, matches

_TOKENS = re.compile(r"\.\.\.|\w+|\s+|[^\w\s]")


def updated(shown: Sequence[str], came: Sequence[str]) -> list[str]:
    """Return the lines that a page should show for this output: each ``...`` that still holds is kept.

    Lines that already match come back as they are.
    """
    if matches(shown, came):
        return list(shown)
    new = _merge(shown, came, line_matches, _updated_line)
    return new if matches(new, came) else list(came)


def _updated_line(shown: str, came: str) -> str:
    new = "".join(_merge(_TOKENS.findall(shown), _TOKENS.findall(came), str.__eq__, lambda _, now: now))
    return new if line_matches(new, came) else came


class _Way(IntEnum):
    """How the best way to a place came there; of two as good, the first."""

    WILD = 0  # ``...`` is kept
    TAKEN = 1  # by the ``...`` before
    KEPT = 2
    LEFT_OUT = 3
    PUT_IN = 4
    CHANGED = 5


def _merge(
    shown: Sequence[str],
    came: Sequence[str],
    same: Callable[[str, str], bool],
    change: Callable[[str, str], str],
) -> list[str]:
    """Turn what was shown into what came with the fewest changes; ``...`` takes up any number for nothing.

    An edit distance in which a change is a little cheaper than leaving one out and putting one in. Of each place only
    the last step to it is kept, a byte: much may have come.
    """
    costs = [float(count) for count in range(len(came) + 1)]
    steps = [bytearray([_Way.PUT_IN]) * len(costs)]
    for was in shown:
        ways = [(costs[0], _Way.WILD) if was == ANY else (costs[0] + 1, _Way.LEFT_OUT)]
        for at, now in enumerate(came, 1):
            if was == ANY:
                ways.append(min((costs[at], _Way.WILD), (ways[-1][0], _Way.TAKEN)))
                continue
            others = (
                (costs[at] + 1, _Way.LEFT_OUT),
                (ways[-1][0] + 1, _Way.PUT_IN),
                (costs[at - 1] + 0.9, _Way.CHANGED),
            )
            ways.append(min((costs[at - 1], _Way.KEPT), *others) if same(was, now) else min(others))
        costs = [cost for cost, _ in ways]
        steps.append(bytearray(way for _, way in ways))
    made, row, at = list[str](), len(shown), len(came)
    while row or at:
        way = steps[row][at]
        if way in (_Way.WILD, _Way.KEPT):
            made.append(shown[row - 1])
        elif way == _Way.PUT_IN:
            made.append(came[at - 1])
        elif way == _Way.CHANGED:
            made.append(change(shown[row - 1], came[at - 1]))
        row -= way not in (_Way.TAKEN, _Way.PUT_IN)
        at -= way not in (_Way.WILD, _Way.LEFT_OUT)
    return made[::-1]


def rewrite(root: Path, found: Sequence[tuple[Block, Step, Sequence[str]]]) -> list[str]:
    """Write what came into the pages.

    :param root: the folder that sources are relative to
    :param found: steps of transcripts, each with the lines that came
    :return: the files that were changed
    :raises ValueError: a transcript cannot be written where it stands: in a listing or a table
    """
    by_block: dict[str, tuple[Block, dict[int, Sequence[str]]]] = {}
    for block, step, came in found:
        by_block.setdefault(block.id, (block, {}))[1][step.offset] = came
    changed = set()
    # From the last block to the first: what is above keeps its line numbers.
    for block, outputs in sorted(by_block.values(), key=lambda it: (it[0].source, -it[0].line)):
        source = root / block.source
        lines = source.read_text().split("\n")
        old = block.text.rstrip("\n").split("\n")
        first = block.line - 1
        written = [line.strip() for line in lines[first : first + len(old)]]
        if block.listing or written != [line.strip() for line in old]:
            raise ValueError(f"{block.at(0)}: edit this transcript by hand: it is not a separate block in the file")
        indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
        new = [f"{indent}{line}".rstrip() for line in _new_text(block, outputs)]
        if new != [line.rstrip() for line in lines[first : first + len(old)]]:
            lines[first : first + len(old)] = new
            source.write_text("\n".join(lines))
            changed.add(block.source)
    return sorted(changed)


def _new_text(block: Block, outputs: dict[int, Sequence[str]]) -> list[str]:
    """Return a transcript's lines with the outputs of some steps, by offset, brought up to date."""
    lines = block.text.rstrip("\n").split("\n")
    steps = block.steps()
    new: list[str] = []
    ends = [step.offset for step in steps[1:]] + [len(lines)]
    for step, end in zip(steps, ends, strict=True):
        typed = step.command.count("\n") + 1 if step.command else 0
        output = step.offset + typed
        new += lines[step.offset : output]
        if step.offset in outputs:
            new += updated(step.shown, outputs[step.offset])
            new += lines[output + len(step.shown) : end]
        else:
            new += lines[output:end]
    return new
