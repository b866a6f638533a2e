"""``make serve`` as the very first command, in a clone that has built nothing, at a path with a blank in it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from project import ROOT
from tests.environment import unmade
from tools import serve

SECONDS = 300  # for a first build, on a machine that has other things to do
NEW = "This sentence was not here before."


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Make a clone of what is here, with this environment: that one is made in a minute says another test."""
    place = tmp_path / "a clone"
    listed = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.strip("\0").split("\0"):
        if (ROOT / name).exists():  # git lists what was removed until that is committed
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name, follow_symlinks=False)
    (place / ".venv/bin").mkdir(parents=True)
    (place / ".venv/bin/python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (place / ".venv/bin/python").chmod(0o755)
    (place / ".venv/ready").write_text(f"{sys.base_prefix} {sys.version_info[0]} {sys.version_info[1]}\n")
    return place


class Served:
    """A server that was started by hand, in a terminal of its own."""

    def __init__(self, clone: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.address, self.said = f"http://127.0.0.1:{port}", clone / "said"
        environment = {key: value for key, value in unmade().items() if not key.startswith("PYTHON")}
        with self.said.open("w") as said:
            self.make = subprocess.Popen(
                ["make", "serve", f"PORT={port}"],
                cwd=clone, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
                env=environment | {"MAKEFLAGS": "-j8", "LC_ALL": "en_US.NONE"},  # a locale that is not installed
            )  # fmt: skip

    def until(self, path: str, has: Callable[[str], bool]) -> None:
        """Ask for a page until it has something."""
        until = time.monotonic() + SECONDS
        while self.make.poll() is None and time.monotonic() < until and "Traceback" not in self.said.read_text():
            try:
                with urlopen(self.address + path, timeout=SECONDS) as answer:
                    if has(answer.read().decode()):
                        return
            except URLError:
                pass
            time.sleep(0.1)
        pytest.fail(f"{path} did not come:\n{self.said.read_text()}", pytrace=False)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.killpg(self.make.pid, signal.SIGINT)
        self.make.wait(SECONDS)

    def left(self) -> bool:
        """Tell whether something of it runs on, though it has had time to end."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            try:
                os.killpg(self.make.pid, 0)
            except ProcessLookupError:
                return False
            time.sleep(0.1)
        return True


@pytest.fixture
def served(clone: Path) -> Iterator[Served]:
    running = Served(clone)
    yield running
    with suppress(ProcessLookupError):  # as it should be
        os.killpg(running.make.pid, signal.SIGKILL)


def test_a_page_and_a_slide_are_served_and_what_is_changed_comes(clone: Path, served: Served) -> None:
    served.until("/slides/", lambda it: "<section" in it)
    served.until("/install.html", lambda it: "<h1" in it and NEW not in it)
    page = clone / "tutorial/install.rst"
    page.write_text(f"{page.read_text()}\n{NEW}\n")
    served.until("/install.html", lambda it: NEW in it)
    served.interrupt()
    assert not served.left()
    assert "Traceback" not in served.said.read_text()


@pytest.mark.parametrize("stopped", ["manifest", "autobuild"])
def test_ctrl_c_ends_it_while_it_builds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, port: str, stopped: str
) -> None:
    def build(*_: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(serve, "manifest", lambda: None)
    monkeypatch.setattr(serve, stopped, build)
    assert serve.main(port) == 0
