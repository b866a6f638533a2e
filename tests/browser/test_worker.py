"""The worker in which the machine runs, with an emulator that answers at once: its files, and what is said of them."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from project import ROOT
from tests.browser.panel import LACKS, context, lesson, site
from tests.browser.test_in_browser import changed
from tools.record import lessons
from tools.record.lessons import go, start

__all__ = ["context", "lesson", "site"]  # fixtures

STATE = b"a state"
CONTENT = bytes(range(256)) * 4


def course(*commands: str, pack: bytes = b"") -> dict[str, Any]:
    """Return a lesson's first blocks: commands of which nothing is compared."""
    blocks = []
    for command in commands:
        row = {"command": command, "shown": ["..."], "status": 0, "keeps": False}
        blocks.append({"id": "", "digest": command, "terminal": 1, "limit": 0.2, "steps": [row]})
    state, packed = described("state.zst", STATE), described("pack.zst", pack)
    return {"blocks": blocks, "state": state, "pack": packed if pack else None}


def described(name: str, content: bytes) -> dict[str, Any]:
    return {"file": name, "bytes": len(content), "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def packed(**files: bytes) -> bytes:
    """Return a pack as the emulator gives it back, of whole files."""
    head = json.dumps({f"{name}.zst": [[0, len(content)]] for name, content in files.items()}).encode()
    return len(head).to_bytes(4, "little") + head + b"".join(files.values())


def begin(page: Page, wanted: dict[str, Any], **contents: bytes) -> list[str]:
    """Open the panel; return a list that takes which of the machine's files are asked for, from now on."""
    asked: list[str] = []

    def change(it: dict[str, Any]) -> None:
        it["blocks"][: len(wanted["blocks"])] = wanted["blocks"]
        it |= {"state": wanted["state"], "pack": wanted["pack"]}
        it["lab"] |= {"emulator": "emulator.js", "wasm": "wasm.bin"}

    def file(route: Route) -> None:
        asked.append(route.request.url.rpartition("/")[2])
        route.fulfill(body=contents.get(asked[-1].partition(".")[0], CONTENT))

    changed(page, change)
    page.reload()
    emulator = (ROOT / "tests/data/emulator.js").read_text()
    page.route(re.compile("/emulator[.]js$"), lambda it: it.fulfill(content_type="text/javascript", body=emulator))
    page.route(re.compile("/wasm[.]bin$"), lambda it: it.fulfill(body=gzip.compress(b"")))
    page.route(re.compile("/state[.]zst$"), lambda it: it.fulfill(body=STATE))
    page.route(re.compile("/pack[.]zst$"), lambda it: it.fulfill(body=contents["pack"]))
    page.route(re.compile("/lab/files/"), file)
    start(page)
    return asked


def test_files_come_from_the_pack_and_the_others_one_by_one(lesson: Page) -> None:
    pack = packed(there=b"x" * 100)
    wanted = course("read there.zst 100", "read other.zst 1024", pack=pack)
    asked = begin(lesson, wanted, pack=pack)
    assert go(lesson, 0)[0]
    assert asked == []
    assert go(lesson, 1)[0]
    assert asked == ["other.zst"]


def test_a_pack_that_is_not_whole_is_not_taken(lesson: Page) -> None:
    pack = packed(there=b"x" * 100)
    wanted = course("read there.zst 1024", pack=pack)
    wanted["pack"]["sha256"] = "0" * 64
    asked = begin(lesson, wanted, pack=pack)
    assert go(lesson, 0)[0]
    assert asked == ["there.zst"]


def test_a_file_that_cannot_be_had_is_one_sentence_and_comes_later(lesson: Page) -> None:
    begin(lesson, course("read lost.zst 1024"))
    lesson.route(re.compile("/lab/files/"), lambda it: it.abort())
    assert go(lesson, 0) == (False, LACKS)
    lesson.unroute(re.compile("/lab/files/"))
    lesson.route(re.compile("/lab/files/"), lambda it: it.fulfill(body=CONTENT))
    expect(lesson.locator(".machine-status")).to_have_text("The file has arrived.", timeout=30_000)


def test_what_was_read_and_how_long_it_took_can_be_recorded(
    lesson: Page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begin(lesson, course("read one.zst 1024", "read two.zst 40000"), two=bytes(40_000))
    names = tmp_path / "names.json"
    names.write_text('{"/usr/one": "one.zst", "/usr/two": "two.zst", "/usr/three": "three.zst"}')
    monkeypatch.setattr("tools.record.lessons.NAMES", names)
    for number in (0, 1):
        assert go(lesson, number)[0]
        (took,) = lessons._took(lesson, number)
        assert took >= 0
    assert lessons._reads(lesson) == {"/usr/one": "0", "/usr/two": "0-1"}
