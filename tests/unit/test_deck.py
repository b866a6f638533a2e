"""The deck's extension, piece by piece, and the machine behind its demo."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from typing import Any, cast
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from deck import colours, qr, recording, steps
from lab.machine import Machine, MachineError
from snippets.manifest import Block, Manifest, Page
from tools import demo


def test_steps_are_read() -> None:
    assert steps.steps("1-2 | 5") == {1: 1, 2: 1, 5: 2}


def test_colours_are_for_both_schemes() -> None:
    rules = colours.stylesheet("a11y-high-contrast-light", "website.dark.Dark")
    assert "light-dark(#" in rules
    assert colours.stylesheet("default", "default").count("light-dark") == 0


def test_the_qr_code_is_of_the_address_and_says_so() -> None:
    picture = qr.picture("https://example.org/talk/")
    assert "<title>https://example.org/talk/</title>" in picture
    assert 'role="img"' in picture
    assert picture != qr.picture("https://example.org/walk/")


RECORDED: dict[str, Any] = {
    "versions": {"debian": "13", "apache": "2.4", "mod_wsgi": "5.0"},
    "when": "2026-01-01",
    "steps": [{"typed": "curl <x>", "said": {"pid": "7", "user": "me", "served": "1"}}, {"typed": "touch"}],
}


def test_a_recording_is_a_table_that_says_what_it_was_made_on() -> None:
    table = recording.table(RECORDED)
    assert "curl &lt;x&gt;" in table
    assert table.count("class='fragment custom'") == 2
    assert "Recorded on Debian 13 · Apache 2.4 · mod_wsgi 5.0, 2026-01-01" in table
    with pytest.raises(KeyError):
        recording.table({"steps": []})


# -- The machine behind it -------------------------------------------------------------------------


def test_the_page_is_run_up_to_the_mistake_that_it_shows() -> None:
    blocks = tuple(
        Block(str(n), demo.PAGE, "p.rst", n, "apache", "file", "x", path=path) for n, path in enumerate("aabb")
    )
    pages = Manifest((Page(demo.PAGE, "p.rst"),), (blocks[0], blocks[2], blocks[1], blocks[3]))
    assert [block.path for block in demo.up_to_the_first_mistake(pages)] == ["a", "b"]


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of a server whose machine answers with what was typed, but for a touch."""

    def step(_: Machine, command: str) -> dict[str, Any]:
        if command == demo.TOUCH:
            raise MachineError("the machine has gone")
        return {"typed": command, "said": {"pid": "7"}}

    monkeypatch.setattr(demo, "step", step)
    handler = partial(demo.Handler, machine=cast(Machine, None))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_slide_asks_and_is_answered(answering: str) -> None:
    with urlopen(f"{answering}/demo/ask") as answer:
        assert json.load(answer) == {"typed": demo.ASK, "said": {"pid": "7"}}


@pytest.mark.parametrize(("path", "status"), [("/demo/touch", 502), ("/demo/other", 404)])
def test_what_cannot_be_done_is_said(answering: str, path: str, status: int) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(answering + path, method="POST"))
    assert refused.value.code == status
