"""What the results let a page say: under a block, and under its title."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from snippets.manifest import Block
from snippets.results import RECORDED, RESULTS, Result, Results, Run

#: What was done, weakest first, and what the reader is told. A file that was only written: nothing.
SAID = {"written": None, "parsed": "Configuration tested", "run": "Ran"}
#: The same in a count of a page's blocks, and what else may be true of one.
COUNTED = {
    "Ran": "ran",
    "Configuration tested": "configuration-tested",
    "Syntax-checked": "syntax-checked",
    "Failed": "failed",
}
WRITTEN, UNCHECKED, UNRUN = "only written", "not checked", "not run as it is now"
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

    def whole(self, blocks: Sequence[Block]) -> str | None:
        """Return when a page was last run as a whole, in ISO 8601; nothing unless all of it is as it was then.

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
        return min(run.when for run in by_lab.values())

    def summary(self, blocks: Sequence[Block]) -> Summary | None:
        """Return what can be said of all blocks of a page at once; nothing if nothing has become of any."""
        return self.summaries(blocks).get("")

    def summaries(self, blocks: Sequence[Block]) -> dict[str, Summary]:
        """Return what can be said of all blocks at once: of the page, as ``""``, and of each part that stands apart."""
        told = [*zip(blocks, self.of(blocks), self.lines(blocks), strict=True)]
        parts = dict.fromkeys(["", *(block.part for block in blocks)])
        found = {part: _summary([it for it in told if part in ("", it[0].part)]) for part in parts}
        return {part: summary for part, summary in found.items() if summary}


@dataclass(frozen=True)
class Summary:
    """What a page says of its blocks.

    ``usual`` is the line that most of them have, ``counts`` how many had what done to them, that of the usual line
    first, ``where`` the systems and ``when`` the day of the usual line: ``Debian 12, 13 · mod_wsgi 4.9, 5.0``.
    """

    usual: str
    counts: Mapping[str, int]
    where: str
    when: str

    @property
    def good(self) -> bool:
        """Whether each block was checked as it stands, and passed."""
        return not {COUNTED["Failed"], UNRUN} & {*self.counts}

    def counted(self) -> str:
        """Say how many blocks had what done to them: ``14 of 16 blocks ran, 2 configuration-tested``."""
        total = sum(self.counts.values())
        (first, number), *others = self.counts.items()
        rest = "".join(f", {other} {kind}" for kind, other in others)
        return f"{number} of {total} block{'s' * (total > 1)} {first}{rest}"


def day(when: str) -> str:
    """Say a date in English, whatever the locale."""
    then = date.fromisoformat(when)
    return f"{then.day} {MONTHS[then.month - 1]} {then.year}"


def _summary(told: Sequence[tuple[Block, list[tuple[Run, Result]], str | None]]) -> Summary | None:
    """Return what can be said at once of blocks, each with what became of it and its line."""
    said = Counter(line for _, found, line in told if line and not _failed(found))
    if not said:
        return None
    [(usual, _)] = said.most_common(1)
    runs = [run for _, found, line in told if line == usual for run, _ in found]
    debians, modules = (sorted({run.versions[it] for run in runs}) for it in ("debian", "mod_wsgi"))
    short = dict.fromkeys(".".join(version.split(".")[:2]) for version in modules)
    where = f"Debian {', '.join(debians)} · mod_wsgi {', '.join(short)}"
    counts = Counter(_counted(block, found, line) for block, found, line in told)
    first = COUNTED[usual.partition(" on ")[0]]
    kinds = [first, *(it for it in (*COUNTED.values(), WRITTEN, UNCHECKED, UNRUN) if it != first)]
    return Summary(usual, {it: counts[it] for it in kinds if counts[it]}, where, min(run.when for run in runs))


def _failed(found: Sequence[tuple[Run, Result]]) -> bool:
    return any(result.outcome == "failed" for _, result in found)


def _counted(block: Block, found: Sequence[tuple[Run, Result]], line: str | None) -> str:
    """Return under what a block is counted."""
    if line:
        return COUNTED[line.partition(" on ")[0]]
    if block.role == "unchecked":
        return UNCHECKED
    return WRITTEN if found and all(result.good for _, result in found) else UNRUN


def _line(block: Block, found: Sequence[tuple[Run, Result]]) -> str | None:
    if _failed(found):
        return _on("Failed", [(run, result) for run, result in found if result.outcome == "failed"])
    checked = {result.checked for _, result in found}
    if (
        block.role == "unchecked"
        or not found
        or any(result.outcome != "passed" for _, result in found)
        or not checked <= SAID.keys()
    ):
        return None
    said = next(said for how, said in SAID.items() if how in checked)
    if said == SAID["parsed"] and block.language != "apache":
        said = "Syntax-checked"
    return said and _on(said, found)


def _on(said: str, found: Sequence[tuple[Run, Result]]) -> str:
    """Say what was done, where and, if it was not here, when."""
    systems: dict[str, set[str]] = {}
    for versions in (run.versions for run, _ in found):
        systems.setdefault(f"Debian {versions['debian']} · Apache {versions['apache']}", set()).add(
            versions["mod_wsgi"]
        )
    where = " and ".join(f"{it} · mod_wsgi {', '.join(sorted(systems[it]))}" for it in sorted(systems))
    recorded = [run.when for run, _ in found if run.recorded]
    then = f" · {day(min(recorded))}" if recorded else ""
    return f"{said} on {where}{then}"
