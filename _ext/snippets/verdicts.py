"""What the results let a page say: under a block, and under its title."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from snippets.manifest import Block
from snippets.results import RECORDED, RESULTS, Result, Results, Run

#: What was done, weakest first, and what the reader is told. A file that was only written: nothing.
SAID = {"written": None, "parsed": "Config-tested on", "run": "Ran on"}
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class Verdicts:
    """What is known of the pages: each run, those that were made here before those that are recorded."""

    runs: Sequence[Run] = ()

    @classmethod
    def load(cls, root: Path) -> Verdicts:
        """Read what is there.

        :raises ValueError: a file is not what it should be; the message names it and says what to do
        """
        return cls([*Results.load(root / RESULTS).runs, *Results.recorded(root / RECORDED).runs])

    def of(self, blocks: Sequence[Block]) -> list[list[tuple[Run, Result]]]:
        """Return for each block of a page what became of it, once a lab.

        A block is known by its digest, wherever on the page it stands now. Of several that are the same, the second is
        the second of that run, if there were as many: what came before it decides what it does.
        """
        here = [run for run in self.runs if blocks and run.page == blocks[0].page]
        alike, turns = Counter(block.digest for block in blocks), Counter[str]()
        found = []
        for digest in (block.digest for block in blocks):
            by_lab: dict[str, tuple[Run, Result] | None] = {}
            for run in here:
                its = [result for result in run.results if result.digest == digest]
                if its and run.lab not in by_lab:
                    by_lab[run.lab] = (run, its[turns[digest]]) if len(its) == alike[digest] else None
            turns[digest] += 1
            found.append([it for it in by_lab.values() if it])
        return found

    def lines(self, blocks: Sequence[Block]) -> list[str | None]:
        """Return for each block of a page what may be said under it: no more than was done to this very text."""
        return [_line(block, found) for block, found in zip(blocks, self.of(blocks), strict=True)]

    def whole(self, blocks: Sequence[Block]) -> Whole | None:
        """Return when a page was last run as a whole, and where; nothing unless all of it is as it was then.

        Nothing either if a block has failed since, on any lab, or none of them was to be run.
        """
        by_lab: dict[str, Run] = {}
        for run in self.runs:
            meant = [block for block in blocks if block.page == run.page and block.is_on(run.lab)]
            if meant and run.is_of(meant):
                by_lab.setdefault(run.lab, run)
        found = [result for its in self.of(blocks) for _, result in its]
        if all(block.role == "unchecked" for block in blocks) or not all(result.good for result in found):
            return None
        if not all(any(block.is_on(lab) for lab in by_lab) for block in blocks):
            return None
        debians, modules = (sorted({run.versions[it] for run in by_lab.values()}) for it in ("debian", "mod_wsgi"))
        short = dict.fromkeys(".".join(version.split(".")[:2]) for version in modules)
        where = f"Debian {_and(debians)}, mod_wsgi {_and([*short])}"
        return Whole(min(run.when for run in by_lab.values()), where)


@dataclass(frozen=True)
class Whole:
    """When a page was run from top to bottom, in ISO 8601, and where: ``Debian 12 and 13, mod_wsgi 4.9 and 5.0``."""

    when: str
    where: str


def day(when: str) -> str:
    """Say a date in English, whatever the locale."""
    then = date.fromisoformat(when)
    return f"{then.day} {MONTHS[then.month - 1]} {then.year}"


def _and(them: Sequence[str]) -> str:
    *most, last = them
    return f"{', '.join(most)} and {last}" if most else last


def _line(block: Block, found: Sequence[tuple[Run, Result]]) -> str | None:
    checked = {result.checked for _, result in found}
    if not found or any(result.outcome != "passed" for _, result in found) or not checked <= SAID.keys():
        return None
    said = next(said for how, said in SAID.items() if how in checked)
    if said == SAID["parsed"] and block.language != "apache":
        said = "Syntax-checked on"
    systems: dict[str, set[str]] = {}
    for versions in (run.versions for run, _ in found):
        systems.setdefault(f"Debian {versions['debian']} · Apache {versions['apache']}", set()).add(
            versions["mod_wsgi"]
        )
    where = " and ".join(f"{it} · mod_wsgi {', '.join(sorted(systems[it]))}" for it in sorted(systems))
    recorded = [run.when for run, _ in found if run.recorded]
    then = f" · {day(min(recorded))}" if recorded else ""
    return said and f"{said} {where}{then}"
