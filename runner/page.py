"""A page from top to bottom: its blocks one after the other."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from itertools import groupby

from lab.machine import MachineError
from runner.course import Course
from runner.verdict import Failed, Verdict
from snippets.manifest import Block, Page, has_machine
from snippets.transcript import PROMPT


def through(course: Course, blocks: Iterable[Block], closing: threading.Event) -> bool:
    """Do blocks one after the other; return whether the end was reached. What comes after a failure is not run.

    :raises MachineError: it was stopped
    """
    broken = ""
    for block in blocks:
        if closing.is_set():  # before the machine could be closed from outside
            raise MachineError("the suite was stopped")
        if broken:
            course.verdicts[block.id] = Verdict("not run", "", f"not run: {broken} failed")
            continue
        try:
            course.run(block)
        except (Failed, MachineError) as error:
            message = str(error) if isinstance(error, Failed) else f"{block.at(0)}: {error}"
            course.verdicts[block.id] = Verdict("failed", "", message)
            # A config test leaves no trace; anything else may be what the next block builds on.
            if block.acts or isinstance(error, MachineError):
                broken = block.at(0)
    return not broken


def parts(blocks: Iterable[Block]) -> list[list[Block]]:
    """Divide a page's blocks into those that share a machine: all of them, unless its sections stand apart."""
    return [list(part) for _, part in groupby(blocks, key=lambda block: block.part)]


def checked_here(page: Page, blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks of a page that have a check of their own.

    A region of a listing has none in the deck, if it is not of Apache, and on a page without a machine.
    """
    shown = page.page.startswith("slides/") or not has_machine(page, blocks)
    return [block for block in blocks if not (block.is_region and (shown or block.language != "apache"))]


def waits_of(blocks: Iterable[Block]) -> float:
    """Return the seconds that a page has its reader wait: with ``sleep``, and for what ``curl`` gives up on."""
    waits = 0.0
    for block in (block for block in blocks if block.role == "transcript"):
        for line in filter(PROMPT.match, block.text.split("\n")):
            gives_up = block.options.get("exit") == "28" or "||" in line
            shown = [r"[$;&|] *sleep ([\d.]+)", *([r"--max-time ([\d.]+)"] if gives_up else [])]
            waits += sum(float(seconds) for pattern in shown for seconds in re.findall(pattern, line))
    return waits
