"""Trials: a mutant on a machine, and whether the suite notices."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import image
from lab.machine import Machine, MachineError, Refused
from lab.owner import checkout
from project import ROOT
from runner import examined
from runner.course import Course
from runner.plan import lab_of
from runner.suite import AT_ONCE, Suite
from runner.told import is_site
from runner.verdict import Failed
from snippets.manifest import Block, Manifest
from snippets.transcript import TranscriptError
from tools.mutants.mutate import Mutant, mutants

#: What the doctor finds while a page is on its way, with or without a mutant.
NO_MISTAKE = {"a-change-of-the-configuration-has-no-effect"}


@dataclass
class Outcome:
    """What noticed a mutant: the suite; a config test alone; the doctor, on a server that has it.

    ``by_doctor`` is ``None`` where the doctor did not look: for what is no site's file, and what Apache refuses.
    """

    killed: bool = False
    by_config_test: bool = False
    by_doctor: bool | None = None


@dataclass
class Tally:
    """How many mutants were made, and what noticed how many of them; the doctor looked at those ``examined``."""

    made: int = 0
    killed: int = 0
    by_config_test: int = 0
    examined: int = 0
    by_doctor: int = 0

    def count(self, outcome: Outcome) -> None:
        """Count a mutant."""
        self.made += 1
        self.killed += outcome.killed
        self.by_config_test += outcome.by_config_test
        self.examined += outcome.by_doctor is not None
        self.by_doctor += bool(outcome.by_doctor)


@dataclass
class PageTally:
    """What became of the mutants of a page.

    Those of blocks that are only parsed, and of output that is not compared, are counted apart.
    """

    key: str
    all: Tally = field(default_factory=Tally)
    configurations: Tally = field(default_factory=Tally)
    parsed: Tally = field(default_factory=Tally)
    not_compared: Tally = field(default_factory=Tally)
    survivors: list[Mutant] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """Return what is recorded."""
        return {
            "key": self.key,
            "made": self.all.made,
            "killed": self.all.killed,
            "configurations": vars(self.configurations),
            "parsed": {"made": self.parsed.made, "killed": self.parsed.killed},
            "not_compared": {"made": self.not_compared.made, "killed": self.not_compared.killed},
            "survivors": [
                {"kind": it.kind, "was": it.was, "now": it.now, "at": it.of.at(it.line), "digest": it.of.digest}
                for it in self.survivors
            ],
        }


def own_blocks(pages: Manifest, page: str, lab: str | None = None) -> list[Block]:
    """Return the blocks of a page that are done on its machine: no regions of listings. With a lab, those for it."""
    return [block for block in pages.of(page, lab) if not block.is_region and block.role != "unchecked"]


def own_mutants(pages: Manifest, page: str) -> list[Mutant]:
    """Return the mutants of all blocks of a page."""
    return [mutant for block in own_blocks(pages, page) for mutant in mutants(block)]


def key(pages: Manifest, page: str) -> str:
    """Name what a page's mutants are: the blocks up to its end, and what is changed in its own.

    Not the machinery nor the image: a mutant that was noticed once is not worth a quarter of an hour after each
    change of these. The sample in ``make test`` is for that.
    """
    start = pages.page(page).starts_from
    before = key(pages, start) if start else ""
    changes = [(it.kind, it.line, it.was, it.now) for it in own_mutants(pages, page)]
    made = [before, [block.part + block.digest for block in own_blocks(pages, page)], changes]
    return hashlib.sha256(json.dumps(made).encode()).hexdigest()[:16]


class Trial:
    """Machines on which mutants are tried.

    Use it in a ``with`` statement: leaving it removes what it has made.

    :raises EngineError: there is no engine, or no image can be had
    :raises MachineError: the pages do not pass as they are
    """

    def __init__(self, pages: Manifest, wanted: Sequence[str], say: Callable[[str], None] = print) -> None:
        self.pages, self.say = pages, say
        starts = {start for page in pages.pages if (start := page.starts_from)}
        labs = {image.DEFAULT, *(lab_of(block) for name in wanted for block in own_blocks(pages, name))}
        with Suite(pages, wanted, [lab for lab in image.LABS if lab in labs], keep=starts, say=say) as suite:
            run = [(lab, block) for lab in suite.labs for name in {*wanted, *starts} for block in pages.of(name, lab)]
            for verdict in (suite.verdict(lab, block) for lab, block in run):
                if not verdict.good:
                    raise MachineError(f"the pages have to pass unchanged first\n{verdict.message}")
            self.checked = {(run.lab, it.id): it.checked for run in suite.found().runs for it in run.results}
        self.suite, self.engine = suite, suite.engine
        #: By lab, what it is made of.
        self.versions = {
            lab: {name: value for name, value in of.items() if name not in ("archive", "image")}
            for lab, of in suite.versions.items()
        }
        self.closing = threading.Event()
        self._machines: set[Machine] = set()

    def __enter__(self) -> Trial:
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        for machine in list(self._machines):
            machine.close()

    def outcome(self, page: str, mutant: Mutant) -> Outcome:
        """Tell what notices a mutant: of the suite, its page, and after that the pages that start from it."""
        lab, start = lab_of(mutant.of), self.pages.page(page).starts_from
        state = self.suite.states.name(lab, start) if start else self.suite.images[lab]
        own = [it for it in own_blocks(self.pages, page, lab) if it.part == mutant.of.part]
        blocks = [mutant.block if it is mutant.of else it for it in own]
        outcome = Outcome()
        after = [name.page for name in self.pages.pages if name.starts_from == page]
        kept = f"localhost/lab-state:mutant-{os.getpid()}-{secrets.token_hex(4)}" if after else None
        try:
            outcome.killed = self._fails(state, [it for it in blocks if it], kept, mutant, outcome)
            for name in after:
                if not outcome.killed:
                    outcome.killed = self._fails(str(kept), own_blocks(self.pages, name, lab), None, None, outcome)
        finally:
            if kept:
                self.engine("rmi", "--force", kept, quiet=True)
        return outcome

    def _fails(
        self, state: str, blocks: Sequence[Block], kept: str | None, mutant: Mutant | None, outcome: Outcome
    ) -> bool:
        """Run blocks up to the first that fails; keep the end if none does.

        Where that ends, the doctor looks for the mutant.
        """
        with Machine(self.engine, state) as machine:
            self._machines.add(machine)
            begun: list[Block] = []
            try:
                course = Course(machine)
                for block in blocks:
                    begun.append(block)
                    if self.closing.is_set():  # before this machine could be closed from outside
                        raise MachineError("stopped")
                    if mutant and block is mutant.block and block.language == "apache":
                        outcome.by_config_test = _refused(machine, block)
                    course.run(block)
                course.finish()
                self._examine(machine, begun, mutant, outcome)
            except (Failed, MachineError, TranscriptError):
                if self.closing.is_set():
                    raise MachineError("stopped") from None
                self._examine(machine, begun, mutant, outcome)
                return True
            finally:
                self._machines.discard(machine)
            failed = not all(verdict.good for verdict in course.verdicts.values())
            if kept and not failed:
                machine.commit(kept, checkout(ROOT))
            return failed

    def _examine(self, machine: Machine, begun: Sequence[Block], mutant: Mutant | None, outcome: Outcome) -> None:
        """Have the doctor look for a mutant of a site's file, and note whether it finds more than the page has said."""
        block = mutant.block if mutant else None
        if block is None or block.role != "file" or not is_site(block) or outcome.by_config_test:
            return
        named = {name for it in begun for name in it.options.get("doctor", "").split()}
        with contextlib.suppress(MachineError, Refused, ValueError):  # a machine that is gone has nothing to look at
            said = json.loads(machine.ask("examine", program=examined.program())["said"])
            outcome.by_doctor = any(
                one["id"] not in named | NO_MISTAKE and Path(one["file"]).name == Path(str(block.path)).name
                for one in examined.mistakes(said)
            )

    def page(self, name: str, chosen: Sequence[Mutant] | None = None) -> PageTally:
        """Try all mutants of a page, or those that were chosen."""
        tally = PageTally(key(self.pages, name))
        tried = own_mutants(self.pages, name) if chosen is None else chosen
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                found = pool.map(lambda mutant: self.outcome(name, mutant), tried)
                for count, (mutant, outcome) in enumerate(zip(tried, found, strict=True), 1):
                    self._count(tally, mutant, outcome)
                    if count % 10 == 0 or count == len(tried):
                        self.say(f"{name}: {count} of {len(tried)} mutants, {len(tally.survivors)} not noticed")
            except BaseException:
                self.__exit__()
                pool.shutdown(cancel_futures=True)
                raise
        return tally

    def _count(self, tally: PageTally, mutant: Mutant, outcome: Outcome) -> None:
        if self.checked.get((lab_of(mutant.of), mutant.of.id)) == "parsed":
            counted = [tally.parsed]
        elif not _compared(mutant):
            counted = [tally.not_compared]
        else:
            counted = [tally.all]
            if mutant.of.language == "apache":
                counted.append(tally.configurations)
            if not outcome.killed:
                tally.survivors.append(mutant)
                self.say(f"not noticed: {mutant}")
        for each in counted:
            each.count(outcome)


def _refused(machine: Machine, block: Block) -> bool:
    """Tell whether a config test alone would refuse a mutant."""
    context = block.options.get("context", "server")
    try:
        return not machine.ask("check", text=block.text, context=context, name="mutant.conf", line=1)["ok"]
    except Refused:
        return False


def _compared(mutant: Mutant) -> bool:
    """Tell whether the step of a transcript that was changed has its output compared."""
    if mutant.of.role != "transcript":
        return True
    step = [step for step in mutant.of.steps() if step.offset <= mutant.line][-1]
    return step.compared
