"""The files of the machine in a browser: parts from a pack, others one by one, and a word where one does not come."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.test_in_browser import SCRIPTS
from tools.browser_machine.pack import UNIT, pack
from tools.record.lessons import served

CONTENTS = {
    name: random.Random(name).randbytes(size)
    for name, size in (("small.zst", 5000), ("large.zst", 40 * UNIT + 7), ("other.zst", 3000))
}
READS = {"/small": "0", "/large": "1-2 30 40"}
NAMES = {f"/{name.partition('.')[0]}": name for name in CONTENTS}
BEGIN = """async ({pack, size}) => {
    const {Files, reads} = await import("/inbrowser/files.js");
    const cached = new Map();
    const storage = {
        storage: {read: async (name) => cached.get(name)},
        cache: async (name, bytes) => {},
        zstd_decompress: (size, bytes) => bytes.slice(0, size).buffer,
    };
    window.lacks = [];
    window.reads = reads;
    window.files = new Files(storage, "/files/", (now) => window.lacks.push(now));
    window.storage = storage;
    if (pack) window.files.take(Promise.resolve(new Uint8Array(pack)), size);
}"""
READ = "async ([name, offset, count, size]) => [...await storage.read(name, offset, count, size)]"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    with served(SCRIPTS) as address:
        page.goto(f"{address}/inbrowser.css")
        page.route(re.compile("/files/"), lambda it: it.fulfill(body=CONTENTS[it.request.url.rpartition("/")[2]]))
        yield page
    context.close()


def begin(page: Page, packed: bytes = b"") -> None:
    page.evaluate(BEGIN, {"pack": [*packed], "size": len(packed)} if packed else {"pack": None, "size": 0})


def read(page: Page, name: str, offset: int, count: int) -> bytes:
    return bytes(page.evaluate(READ, [name, offset, count, len(CONTENTS[name])]))


@pytest.fixture
def packed(tmp_path: Path) -> bytes:
    for name, content in CONTENTS.items():
        (tmp_path / name).write_bytes(subprocess.run(["zstd", "-qc"], input=content, stdout=-1, check=True).stdout)
    data, size = pack(tmp_path, NAMES, READS)
    whole = subprocess.run(["zstd", "-dqc"], input=data, stdout=-1, check=True).stdout
    assert len(whole) == size < 20 * UNIT
    return whole


def test_what_a_pack_has_takes_no_request(page: Page, packed: bytes) -> None:
    asked: list[str] = []
    page.on("request", lambda it: asked.append(it.url.rpartition("/")[2]) if "/files/" in it.url else None)
    begin(page, packed)
    for name, offset, count in (
        ("small.zst", 0, 4096), ("small.zst", 4096, 4096), ("large.zst", UNIT, 2 * UNIT), ("large.zst", UNIT + 9, 100),
        ("large.zst", 30 * UNIT, UNIT), ("large.zst", 40 * UNIT, 4096),
    ):  # fmt: skip
        assert read(page, name, offset, count) == CONTENTS[name][offset : offset + count]
    assert not asked
    for name, offset, count in (("other.zst", 100, 50), ("large.zst", 0, 4096), ("large.zst", 2 * UNIT, 2 * UNIT)):
        assert read(page, name, offset, count) == CONTENTS[name][offset : offset + count]
        assert asked.pop() == name
    assert page.evaluate("reads()") == {"small.zst": [0], "large.zst": [0, 1, 2, 3, 30, 40], "other.zst": [0]}


def test_files_that_are_asked_for_twice_at_once_come_once(page: Page) -> None:
    asked: list[Any] = []
    page.on("request", lambda it: asked.append(it))
    begin(page)
    asked.clear()
    page.evaluate("() => Promise.all([0, 1, 2].map(it => storage.read('other.zst', it, 10, 3000)))")
    assert len(asked) == 1


def test_a_file_that_cannot_be_had_is_told_and_comes_when_it_can(page: Page) -> None:
    begin(page)
    tries: list[int] = []

    def route(it: Any) -> None:
        tries.append(1)
        it.abort() if len(tries) == 1 else it.fulfill(status=503) if len(tries) == 2 else it.fallback()

    page.route(re.compile("/files/"), route)
    assert read(page, "other.zst", 0, 10) == CONTENTS["other.zst"][:10]
    assert page.evaluate("lacks") == [True, False]
    assert len(tries) == 3


def test_a_pack_that_does_not_come_is_done_without(page: Page) -> None:
    begin(page)
    page.evaluate("files.take(Promise.reject(new Error('no')), 5)")
    assert read(page, "other.zst", 5, 10) == CONTENTS["other.zst"][5:15]
