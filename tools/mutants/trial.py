"""``make mutants``: change one thing in one block at a time, and see whether the suite notices.

``python -m tools.mutants.trial [--fresh] [PAGE]``. What came of it is committed as ``snippets/recorded/mutants.json``;
pages whose mutants were run as they are now are not run again. Survivors stand, each with a reason, in
``tests/data/mutants.toml``. A mutant is tried on the default lab; one of a block that is for others only, on the first
of these.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sys
import threading
import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lab import image
from lab.machine import Machine, MachineError, Refused
from lab.owner import checkout
from project import ROOT
from runner.course import Course, Failed
from runner.plan import PlanError, lab_of
from runner.suite import AT_ONCE, Suite
from snippets.build import manifest
from snippets.manifest import Block, Manifest
from snippets.transcript import TranscriptError, parse
from tools import cli
from tools.mutants.mutate import Mutant, mutants

RECORDED = ROOT / "snippets/recorded/mutants.json"
LEDGER = ROOT / "tests/data/mutants.toml"
LEAST = 0.95  # of all mutants that have to be noticed
#: Why a mutant may survive.
REASONS = {
    "equivalent": "the page is as right as before",
    "unseen": "what differs shows to nobody whom the page asks",
    "version-dependent": "other versions notice it",
    "open": "a better page would notice it",
}


@dataclass
class Tally:
    """How many mutants were made, how many of them the suite noticed, and how many a config test alone refuses."""

    made: int = 0
    killed: int = 0
    by_config_test: int = 0


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
                    raise MachineError(f"the pages have to pass as they are first\n{verdict.message}")
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

    def killed(self, page: str, mutant: Mutant) -> tuple[bool, bool]:
        """Tell whether the suite notices a mutant, and whether a config test alone refuses it.

        What can notice is its page, and after that the pages that start from it.
        """
        lab, start = lab_of(mutant.of), self.pages.page(page).starts_from
        state = self.suite.states.name(lab, start) if start else self.suite.images[lab]
        own = [it for it in own_blocks(self.pages, page, lab) if it.part == mutant.of.part]
        blocks = [mutant.block if it is mutant.of else it for it in own]
        refused = [False]
        after = [name.page for name in self.pages.pages if name.starts_from == page]
        kept = f"localhost/lab-state:mutant-{os.getpid()}-{secrets.token_hex(4)}" if after else None
        try:
            noticed = self._fails(state, [it for it in blocks if it], kept, mutant, refused)
            for name in after:
                noticed = noticed or self._fails(str(kept), own_blocks(self.pages, name, lab), None, None, refused)
        finally:
            if kept:
                self.engine("rmi", "--force", kept, quiet=True)
        return noticed, refused[0]

    def _fails(
        self, state: str, blocks: Sequence[Block], kept: str | None, mutant: Mutant | None, refused: list[bool]
    ) -> bool:
        """Run blocks up to the first that fails; keep the end if none does."""
        with Machine(self.engine, state) as machine:
            self._machines.add(machine)
            try:
                course = Course(machine)
                for block in blocks:
                    if self.closing.is_set():  # before this machine could be closed from outside
                        raise MachineError("stopped")
                    if mutant and block is mutant.block and block.language == "apache":
                        refused[0] = _refused(machine, block)
                    course.run(block)
                course.finish()
            except (Failed, MachineError, TranscriptError):
                if self.closing.is_set():
                    raise MachineError("stopped") from None
                return True
            finally:
                self._machines.discard(machine)
            failed = not all(verdict.good for verdict in course.verdicts.values())
            if kept and not failed:
                machine.commit(kept, checkout(ROOT))
            return failed

    def page(self, name: str, chosen: Sequence[Mutant] | None = None) -> PageTally:
        """Try all mutants of a page, or those that were chosen."""
        tally = PageTally(key(self.pages, name))
        tried = own_mutants(self.pages, name) if chosen is None else chosen
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                found = pool.map(lambda mutant: self.killed(name, mutant), tried)
                for count, (mutant, (killed, refused)) in enumerate(zip(tried, found, strict=True), 1):
                    self._count(tally, mutant, killed, refused)
                    if count % 10 == 0 or count == len(tried):
                        self.say(f"{name}: {count} of {len(tried)} mutants, {len(tally.survivors)} not noticed")
            except BaseException:
                self.__exit__()
                pool.shutdown(cancel_futures=True)
                raise
        return tally

    def _count(self, tally: PageTally, mutant: Mutant, killed: bool, refused: bool) -> None:
        if self.checked.get((lab_of(mutant.of), mutant.of.id)) == "parsed":
            counted = [tally.parsed]
        elif not _compared(mutant):
            counted = [tally.not_compared]
        else:
            counted = [tally.all]
            if mutant.of.language == "apache":
                counted.append(tally.configurations)
            if not killed:
                tally.survivors.append(mutant)
                self.say(f"not noticed: {mutant}")
        for each in counted:
            each.made += 1
            each.killed += killed
            each.by_config_test += refused


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
    steps = parse(mutant.of.text, own_terminal="terminal" in mutant.of.options)
    step = [step for step in steps if step.offset <= mutant.line][-1]
    return step.compared


# -- The record and the ledger -------------------------------------------------------------------


def faults(recorded: dict[str, Any], ledger: Sequence[dict[str, str]]) -> list[str]:
    """Return what is wrong with what was recorded, given the reasons for survivors.

    :param ledger: rows with ``page``, ``kind``, ``was``, ``now``, ``reason`` and ``why``
    """
    found = []
    rows = {(row["page"], row["kind"], row["was"], row["now"]) for row in ledger}
    found += [
        f"tests/data/mutants.toml: {row['reason']!r} is no reason; there are: {', '.join(REASONS)}"
        for row in ledger
        if row["reason"] not in REASONS or not row["why"].strip()
    ]
    alive = {
        (page, it["kind"], it["was"], it["now"]): it["at"]
        for page, tally in recorded["pages"].items()
        for it in tally["survivors"]
    }
    found += [
        f"{place}: not noticed: {kind}: {was!r} → {now!r}"
        for (page, kind, was, now), place in alive.items()
        if (page, kind, was, now) not in rows
    ]
    found += [
        f"tests/data/mutants.toml: stale: {page}: {kind}: {was!r} → {now!r}: no such mutant has survived"
        for page, kind, was, now in sorted(rows - alive.keys())
    ]
    return found


def too_few(recorded: dict[str, Any]) -> str:
    """Say so if fewer mutants were noticed than should be."""
    made = sum(tally["made"] for tally in recorded["pages"].values())
    killed = sum(tally["killed"] for tally in recorded["pages"].values())
    return f"{killed} of {made} mutants were noticed, {LEAST:.0%} should be" if killed < LEAST * made else ""


def outdated(recorded: dict[str, Any], pages: Manifest) -> list[str]:
    """Return the pages whose mutants were not run as the pages are now, and those that are gone."""
    now = {page.page: key(pages, page.page) for page in pages.pages if own_blocks(pages, page.page)}
    known = {name: tally["key"] for name, tally in recorded["pages"].items()}
    return sorted({name for name, _ in now.items() ^ known.items()})


def load() -> dict[str, Any]:
    """Return what was recorded; nothing, if it cannot be read."""
    try:
        recorded: dict[str, Any] = json.loads(RECORDED.read_text())
        return recorded if recorded["pages"] else {"pages": {}}
    except (OSError, ValueError, KeyError, TypeError):
        return {"pages": {}}


def ledger() -> list[dict[str, str]]:
    """Return the reasons for survivors.

    :raises ValueError: the ledger is no TOML, or a row lacks something
    """
    rows: list[dict[str, str]] = tomllib.loads(LEDGER.read_text()).get("survivor", [])
    for row in rows:
        if row.keys() != {"page", "kind", "was", "now", "reason", "why"}:
            raise ValueError(f"tests/data/mutants.toml: a survivor has page, kind, was, now, reason and why: {row}")
    return rows


def run(page: str | None, fresh: bool) -> int:
    """Run the mutants of one page or of all that need it, and record what came; return the exit status.

    :raises EngineError: there is no engine, or no image can be had
    :raises MachineError: the pages do not pass as they are
    :raises ValueError: there is no such page, or the ledger cannot be read
    """
    pages, recorded, rows = manifest(), load(), ledger()
    if page and page not in [it.page for it in pages.pages]:
        raise PlanError(f"no page {page!r}; there are: {', '.join(it.page for it in pages.pages)}")
    names = [it.page for it in pages.pages if own_blocks(pages, it.page)]
    stale = names if fresh else outdated(recorded, pages)
    recorded["pages"] = {name: tally for name, tally in recorded["pages"].items() if name in names}
    wanted = [name for name in names if name in stale and page in (None, name)]
    if wanted:
        with Trial(pages, wanted) as trial:
            for name in wanted:
                recorded["pages"][name] = trial.page(name).row()
                recorded |= {"lab": image.DEFAULT, "when": datetime.now(UTC).date().isoformat()}
                recorded |= {"versions": recorded.get("versions", {}) | trial.versions}
                RECORDED.write_text(json.dumps(recorded, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    for name, tally in sorted(recorded["pages"].items()):
        tested = tally["configurations"]
        print(
            f"{name}: {tally['killed']} of {tally['made']} noticed; "
            f"of {tested['made']} configurations a config test alone refuses {tested['by_config_test']}"
        )
    wrong = [*faults(recorded, rows), *filter(None, [too_few(recorded)])]
    print("\n".join(wrong) or "every survivor has its reason")
    return 1 if wrong else 0


def main(fresh: str, page: str) -> int:
    """Run the command."""
    try:
        return run(page or None, bool(fresh))
    except KeyboardInterrupt:
        print("make: stopped; what was recorded of whole pages stays", file=sys.stderr)
    return 1


if __name__ == "__main__":
    cli.run(main, "tools.mutants.trial [--fresh] [PAGE]", ValueError)
