"""What came of the mutants, as it is committed, and the reasons for those that survive."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from typing import Any

from project import ROOT
from snippets.manifest import Manifest
from tools.mutants.trial import key, own_blocks

RECORDED = ROOT / "snippets/recorded/mutants.json"
LEDGER = ROOT / "tests/data/mutants.toml"
LEAST = 0.95  # of all mutants that have to be noticed
#: Why a mutant may survive.
REASONS = {
    "equivalent": "the page is as correct as before",
    "unseen": "nothing that the page asks shows the difference",
    "version-dependent": "other versions notice it",
    "open": "a better page would notice it",
}


def faults(recorded: dict[str, Any], ledger: Sequence[dict[str, str]]) -> list[str]:
    """Return what is wrong with what was recorded, given the reasons for survivors.

    :param ledger: rows with ``page``, ``kind``, ``was``, ``now``, ``reason`` and ``why``
    """
    found = []
    rows = {(row["page"], row["kind"], row["was"], row["now"]) for row in ledger}
    found += [
        f"tests/data/mutants.toml: {row['reason']!r} is not a reason; the reasons are: {', '.join(REASONS)}"
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


def owed() -> list[str]:
    """Return the pages that say that their mutants are still to be run as the pages are now."""
    return list(tomllib.loads(LEDGER.read_text()).get("owed", []))


def ledger() -> list[dict[str, str]]:
    """Return the reasons for survivors.

    :raises ValueError: the ledger is no TOML, or a row lacks something
    """
    rows: list[dict[str, str]] = tomllib.loads(LEDGER.read_text()).get("survivor", [])
    for row in rows:
        if row.keys() != {"page", "kind", "was", "now", "reason", "why"}:
            raise ValueError(f"tests/data/mutants.toml: a survivor has page, kind, was, now, reason and why: {row}")
    return rows
