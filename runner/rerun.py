"""A page that is being written, run again from the block that was changed.

After each run a machine is made ready that has done all before that block: the next change there starts at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from lab.engine import EngineError
from lab.machine import Machine, MachineError
from runner.course import Course
from runner.page import parts, through
from snippets.manifest import Block

Blocks = list[Block]


@dataclass(frozen=True)
class Ready:
    """A machine on which the first blocks of a section have been done, and how that went."""

    machine: Machine
    course: Course
    done: Blocks


class Reruns:
    """Runs what was changed of a page in the background: from a block on, and of sections that stand apart these alone.

    Use it with ``contextlib.closing``: its machines go when it does.
    """

    def __init__(self, boot: Callable[[], Machine], say: Callable[[str], None]) -> None:
        """Begin with a page of which nothing is known.

        :param boot: gives a machine at the page's start
        :param say: takes a fault, or how it goes
        """
        self._boot, self._say = boot, say
        self._seen: Mapping[str, Blocks] = {}  # by section
        #: By section, the first of its blocks that has to run: until all of it has passed.
        self._due: dict[str, int] = {}
        self._ready: Ready | None = None
        self._readying: Blocks | None = None
        self._machine: Machine | None = None  # that of the thread
        self._closing = threading.Event()
        self._thread = threading.Thread()

    def saved(self, blocks: Blocks) -> None:
        """Run what has to be run of the page, which has these blocks now; what ran of an earlier text is cut off."""
        before, self._seen = self._seen, {part[0].part: part for part in parts(blocks)}
        changed = {
            name: first
            for name, now in self._seen.items()
            if (first := _first_change(before.get(name, []), now)) is not None
        }
        if not changed and self._thread.is_alive() and self._readying is None:
            return  # that was another page
        if self._readying is not None and any(_begins_with(now, self._readying) for now in self._seen.values()):
            self.wait()
        self._stop()
        due = self._due | {name: min(first, self._due.get(name, first)) for name, first in changed.items()}
        self._due = {name: first for name, first in due.items() if name in self._seen}
        todo = [(self._seen[name], first) for name, first in self._due.items()]
        done = self._ready.done if self._ready else []
        now = self._seen.get(done[0].part, []) if done else []
        if todo or not _begins_with(now, done):  # or else lines have moved, and it would name those of before
            self._thread = threading.Thread(target=self._run, args=(todo, now[: len(done)]), name="watch")
            self._thread.start()

    def wait(self) -> None:
        """Wait until all has run, and a machine is ready."""
        if self._thread.ident:
            self._thread.join()

    def close(self) -> None:
        """Cut off what runs, and remove the machines."""
        self._stop()
        if self._ready:
            self._ready.machine.close()

    def _stop(self) -> None:
        self._closing.set()
        machine = self._machine if self._thread.is_alive() else None
        if machine:
            machine.close()
        self.wait()
        if self._ready and self._ready.machine is machine:
            self._ready = None
        self._closing, self._readying = threading.Event(), None

    # -- In the background -------------------------------------------------------------------

    def _run(self, todo: list[tuple[Blocks, int]], before: Blocks) -> None:
        try:
            for blocks, first in todo:
                before = self._section(blocks, first)
            self._make_ready(before)
        except (EngineError, MachineError) as error:
            if not self._closing.is_set():
                self._say(str(error))

    def _section(self, blocks: Blocks, first: int) -> Blocks:
        """Run a section and tell of it; return what should have been done before it runs once more."""
        started = time.monotonic()
        with ExitStack() as stack:
            ready, self._ready = self._ready, None
            if ready:
                stack.callback(ready.machine.close)
            if not ready or not _begins_with(blocks, ready.done):
                ready = self._begin(stack, [])
            self._machine, course, left = ready.machine, ready.course, blocks[len(ready.done) :]
            self._say(f"{len(left)} of {len(blocks)} blocks" + (f", from {left[0].at(0)}" if left else ""))
            if through(course, left, self._closing):
                course.finish()
            if self._closing.is_set():
                raise MachineError("cut off")
        bad = [n for n, block in enumerate(blocks) if not course.verdicts[block.id].good]
        for verdict in (course.verdicts[blocks[n].id] for n in bad):
            if verdict.outcome == "failed":
                self._say(verdict.message)
        self._say(f"{len(blocks) - len(bad)} of {len(blocks)} blocks passed, {time.monotonic() - started:.1f} s")
        del self._due[blocks[0].part]
        if bad:
            self._due[blocks[0].part] = bad[0]
        return blocks[: bad[0] if bad and not first else min([first, *bad])]

    def _make_ready(self, done: Blocks) -> None:
        if self._ready:
            self._ready.machine.close()
            self._ready = None
        self._readying = done
        with ExitStack() as stack:
            ready = self._begin(stack, done)
            if all(ready.course.verdicts[block.id].good for block in done):
                self._ready = ready
                stack.pop_all()

    def _begin(self, stack: ExitStack, blocks: Blocks) -> Ready:
        self._machine = stack.enter_context(self._boot())
        ready = Ready(self._machine, Course(self._machine), blocks)
        through(ready.course, blocks, self._closing)
        return ready


def _first_change(before: Blocks, now: Blocks) -> int | None:
    """Return the first block that is another than before, wherever it stands; ``None`` if all are the same."""
    same = [old.digest == new.digest for old, new in zip(before, now, strict=False)]
    if False in same:
        return same.index(False)
    return None if len(before) == len(now) else len(same)


def _begins_with(blocks: Blocks, done: Blocks) -> bool:
    """Tell whether a section begins with these blocks, each where it was: what is told of them later names the line."""
    return blocks[: len(done)] == done
