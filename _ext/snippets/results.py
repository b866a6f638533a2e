"""What became of the pages: the two files that say it, which nothing else reads or writes.

``build/snippets/results.json``, written by the suite, has the last run here of each page on each lab::

    {"labs": {"trixie": {"debian": "13", "apache": "2.4.68", "mod_wsgi": "5.0.2", ...}},
     "blocks": [{"id": "tutorial/install.rst:42", "page": "tutorial/install", "lab": "trixie", "outcome": "passed",
                 "checked": "run", "seconds": 0.1, "digest": "..."}],
     "pages": [{"page": "tutorial/install", "lab": "trixie", "when": "2026-12-01", "key": "..."}]}

``snippets/recorded/verdicts.json``, written by ``make record``, has runs of all pages on all labs in which nothing
failed. A row is a block: its digest, and in the order of the labs what was done with it; ``-`` where it is not for
that lab::

    {"labs": {"bookworm": {"debian": "12", ...}, "mod_wsgi-6": {...}, "trixie": {...}},
     "pages": {"tutorial/install": {"when": "2026-12-01", "blocks": ["0123456789abcdef run - parsed"]}}}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from snippets.manifest import Block, Manifest
from snippets.versions import checked

RESULTS, RECORDED = "build/snippets/results.json", "snippets/recorded/verdicts.json"
#: What readers are told of a lab.
SHOWN = ("debian", "apache", "mod_wsgi", "python")

Versions = Mapping[str, str]


@dataclass(frozen=True)
class Result:
    """What became of a block: ``digest`` tells which text it was, ``id`` where it stood."""

    digest: str
    outcome: str
    checked: str
    id: str = ""
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with the block, as far as it was to be checked."""
        return self.outcome in ("passed", "exempt")


@dataclass(frozen=True)
class Run:
    """A page on a lab, from top to bottom: what became of its blocks, in reading order.

    ``when`` is the day, in ISO 8601; ``key`` names all that the verdicts depend on, and is nothing if it is recorded.
    """

    page: str
    lab: str
    versions: Versions
    when: str
    results: tuple[Result, ...]
    key: str = ""

    @property
    def recorded(self) -> bool:
        """Whether it comes with the repository."""
        return not self.key

    def is_of(self, blocks: Sequence[Block]) -> bool:
        """Tell whether these are the blocks that it was made of, in their order, wherever they stand now."""
        return [result.digest for result in self.results] == [block.digest for block in blocks]

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with any of its blocks."""
        return all(result.good for result in self.results)


@dataclass(frozen=True)
class Results:
    """The last run of each page on each lab, and each lab's versions."""

    labs: Mapping[str, Versions] = field(default_factory=dict)
    runs: Sequence[Run] = ()

    @classmethod
    def load(cls, path: Path) -> Results:
        """Read the suite's results; without a file there are none.

        :raises ValueError: the file is no results; the message names it and says what to do
        """
        return _read(path, _from_rows, "not the suite's results", "delete it, or run make snippets-test")

    @classmethod
    def recorded(cls, path: Path) -> Results:
        """Read the verdicts that come with the repository; without a file there are none.

        :raises ValueError: the file is no such record; the message names it and says what to do
        """
        return _read(path, _from_record, "not what make record writes", "take the repository's, or run make record")

    def dump(self, path: Path) -> None:
        """Write the suite's results.

        :raises OSError: it cannot be written; what was there before stays
        """
        blocks = [
            {
                "id": result.id,
                "page": run.page,
                "lab": run.lab,
                "outcome": result.outcome,
                "checked": result.checked,
                "seconds": result.seconds,
                "digest": result.digest,
            }
            for run in self.runs
            for result in run.results
        ]
        pages = [{"page": run.page, "lab": run.lab, "when": run.when, "key": run.key} for run in self.runs]
        _write(path, {"labs": {lab: {**its} for lab, its in self.labs.items()}, "blocks": blocks, "pages": pages})

    def record(self, path: Path, manifest: Manifest) -> None:
        """Write the verdicts that go with the repository, of good runs that are of the manifest's blocks.

        The same verdicts make the same file, but for its dates.

        :raises OSError: it cannot be written; what was there before stays
        """
        labs, pages = sorted(self.labs), {}
        for page in sorted({run.page for run in self.runs}):
            runs = {run.lab: run for run in self.runs if run.page == page}
            left = {lab: iter(run.results) for lab, run in runs.items()}
            rows = [
                [(it := next(left[lab])).checked or it.outcome if block.is_on(lab) else "-" for lab in labs]
                for block in manifest.of(page)
            ]
            digests = [block.digest for block in manifest.of(page)]
            pages[page] = {
                "when": min(run.when for run in runs.values()),
                "blocks": [" ".join([digest, *row]) for digest, row in zip(digests, rows, strict=True)],
            }
        _write(path, {"labs": {lab: {name: self.labs[lab][name] for name in SHOWN} for lab in labs}, "pages": pages})


# -- The files -----------------------------------------------------------------------------------


def _from_rows(read: dict[str, Any]) -> Results:
    labs = {lab: _versions(its) for lab, its in read["labs"].items()}
    found: dict[tuple[str, str], list[Result]] = {(row["page"], row["lab"]): [] for row in read["pages"]}
    for row in read["blocks"]:
        result = Result(row["digest"], row["outcome"], row["checked"], row["id"], float(row["seconds"]))
        found[row["page"], row["lab"]].append(result)
    runs = [
        Run(row["page"], row["lab"], labs[row["lab"]], _day(row["when"]), tuple(results), row["key"])
        for row, results in zip(read["pages"], found.values(), strict=True)
    ]
    return Results(labs, runs)


def _from_record(read: dict[str, Any]) -> Results:
    labs = {lab: _versions(its) for lab, its in read["labs"].items()}
    runs = []
    for page, its in read["pages"].items():
        results: dict[str, list[Result]] = {lab: [] for lab in labs}
        for digest, *verdicts in map(str.split, its["blocks"]):
            for lab, how in zip(labs, verdicts, strict=True):
                if how != "-":
                    results[lab].append(_recorded(digest, how))
        when = _day(its["when"])
        runs += [Run(page, lab, labs[lab], when, tuple(found)) for lab, found in results.items() if found]
    return Results(labs, runs)


def _recorded(digest: str, how: str) -> Result:
    if how not in ("run", "parsed", "written", "exempt"):
        raise ValueError(f"{how!r} is no verdict")
    return Result(digest, "exempt", "") if how == "exempt" else Result(digest, "passed", how)


def _versions(lab: Mapping[str, object]) -> Versions:
    told = checked(lab)
    if missing := [name for name in SHOWN if name not in told]:
        raise ValueError(f"no version of {missing[0]}")
    return told


def _day(said: str) -> str:
    return date.fromisoformat(said).isoformat()


def _read(path: Path, parse: Callable[[dict[str, Any]], Results], what: str, hint: str) -> Results:
    try:
        return parse(json.loads(path.read_text()))
    except FileNotFoundError:
        return Results()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: {what} ({error!r}); {hint}") from error


def _write(path: Path, rows: Mapping[str, object]) -> None:
    text = json.dumps(rows, indent=1) + "\n"
    if path.exists() and path.read_text() == text:
        return  # what was made of it fits
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".tmp")
    try:
        fresh.write_text(text)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
