"""Packs of what lessons read of the browser's machine: which parts of which files, and when they are made anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from project import ROOT
from tools.browser_machine import build
from tools.browser_machine.pack import UNIT, WHOLE, Reads, parts, ranges, union, units


def test_units_are_written_down_and_read_back() -> None:
    assert ranges([4, 1, 2, 9, 2]) == "1-2 4 9"
    assert units("1-2 4 9") == {1, 2, 4, 9}
    assert units("") == set()
    assert union([{"/a": "1-2", "/b": "0"}, {"/a": "3 7"}]) == {"/a": "1-3 7", "/b": "0"}


def test_a_pack_has_what_was_read_and_the_little_between() -> None:
    assert parts({0}, 3 * UNIT + 1) == [(0, 3 * UNIT + 1)]  # a short file is there as a whole
    large = (WHOLE + 90) * UNIT - 1
    assert parts({1, 4, 60, 97, 200}, large) == [(UNIT, 4 * UNIT), (60 * UNIT, UNIT), (97 * UNIT, UNIT - 1)]


def test_the_page_counts_in_the_same_units() -> None:
    assert UNIT == 1 << 15
    assert "const UNIT = 1 << 15;" in (ROOT / "_ext/inbrowser/static/inbrowser/files.js").read_text()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a machine with two states, from which three lessons start."""
    starts = {"one": "install", "two": "install", "three": "embedded-and-daemon", "four": None}
    pages = [SimpleNamespace(page=f"tutorial/{it}", starts_from=at and f"tutorial/{at}") for it, at in starts.items()]
    monkeypatch.setattr(build, "manifest", lambda: SimpleNamespace(pages=pages))
    for name in ("SITE", "NAMES", "RECORDED"):
        monkeypatch.setattr(build, name, tmp_path / name.lower())
    build.SITE.mkdir()
    build.NAMES.write_text("{}")
    (build.SITE / "lab.json").write_text('{"digest": "d"}')
    return tmp_path


def packed(monkeypatch: pytest.MonkeyPatch, lessons: dict[str, Any]) -> tuple[list[Reads], dict[str, Any]]:
    """Make packs; return what went into those that were made, and what the machine says of all."""
    made: list[Reads] = []

    def pack(folder: Path, names: Mapping[str, str], reads: Reads) -> tuple[bytes, int]:
        made.append(reads)
        return json.dumps(reads).encode(), 7

    monkeypatch.setattr(build, "pack", pack)
    build.RECORDED.write_text(json.dumps({"lessons": lessons}))
    build._packs()
    lab = json.loads((build.SITE / "lab.json").read_text())
    assert lab.pop("digest") == "d"
    return made, lab.get("packs", {})


def test_lessons_from_one_state_have_one_pack(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lessons: dict[str, Any] = {"one": {"reads": {"/a": "1"}}, "two": {"reads": {"/a": "2"}}, "three": {}, "gone": {}}
    made, packs = packed(monkeypatch, lessons)
    assert made == [{"/a": "1-2"}]
    assert list(packs) == ["install"]
    row = packs["install"]
    assert (row["bytes"], row["size"]) == (len('{"/a": "1-2"}'), 7)
    assert (build.SITE / row["file"]).read_text() == '{"/a": "1-2"}'
    assert packed(monkeypatch, lessons) == ([], packs)  # nothing has changed
    lessons["two"]["reads"]["/a"] = "5"
    lessons["three"] = {"reads": {"/b": "0"}}
    made, packs = packed(monkeypatch, lessons)
    assert made == [{"/a": "1 5"}, {"/b": "0"}]
    assert not (build.SITE / row["file"]).exists()
    assert sorted(it.name for it in build.SITE.iterdir()) == sorted(
        ["lab.json", *(it["file"] for it in packs.values())]
    )
    assert packed(monkeypatch, {}) == ([], {})
