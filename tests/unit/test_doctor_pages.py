"""What the pages say that the doctor finds: each fault by its name, or a reason why not."""

from __future__ import annotations

import re
import tomllib

# With it, the table of rules is whole.
from doctor import command  # noqa: F401
from doctor.findings import RULES
from doctor.messages import logged
from project import ROOT

REASONS = tomllib.loads((ROOT / "tests/data/doctor.toml").read_text())
FAULTS = ("403-and-404", "500", "does-not-load", "hangs", "uploads", "wrong")
SECTION = re.compile(r"((?:^\.\. _[\w-]+:\n\n?)+)([^\n]+)\n([=-])\3+\n", re.MULTILINE)


def sections() -> list[tuple[set[str], set[str]]]:
    """Return for each fault its labels, and what its blocks say that the doctor finds."""
    found = []
    for name in FAULTS:
        text = (ROOT / f"tutorial/troubleshooting/{name}.rst").read_text()
        heads = [head for head in SECTION.finditer(text) if head[3] == "-"]
        ends = [head.start() for head in heads[1:]] + [len(text)]
        for head, end in zip(heads, ends, strict=True):
            named = " ".join(re.findall(r"^ *:doctor: (.*)$", text[head.end() : end], re.MULTILINE))
            found.append((set(re.findall(r"_([\w-]+):", head[1])), set(named.split())))
    return found


def test_every_fault_is_found_by_its_name_or_has_a_reason() -> None:
    reasons = {label for group in REASONS.values() for label in group}
    without = [labels for labels, named in sections() if not labels & named and not labels & reasons]
    assert not without
    stale = {label for labels, named in sections() if labels & named for label in labels & reasons}
    assert not stale
    assert reasons <= {label for labels, _ in sections() for label in labels}


def test_what_the_doctor_could_see_it_finds() -> None:
    found = sum(bool(labels & named) for labels, named in sections())
    assert found > 80
    assert found / (found + len(REASONS["missed"])) >= 0.9


def test_what_is_named_exists() -> None:
    known = set(RULES) | {name for _, pages in logged() for name in pages}
    assert {name for _, named in sections() for name in named} <= known
