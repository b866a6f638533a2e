"""The browser for deck and site: Chromium, by whatever name it is here."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from lab.errors import UserError
from tools.system import distribution

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)  # fmt: skip
#: Asks Playwright in a process of its own: two cannot be in one.
_OWN = "import playwright.sync_api as api\nwith api.sync_playwright() as it: print(it.chromium.executable_path)"
#: What brings Playwright's own; it asks for root's rights where it needs them.
PLAYWRIGHT = "make .venv/ready && .venv/bin/python -m playwright install --with-deps chromium"


class NoChromiumError(UserError):
    """There is none; the message says what to type."""


class Launch(TypedDict):
    """How Playwright starts it."""

    executable_path: str
    args: list[str]


def launch() -> Launch:
    """Return how to start the browser.

    :raises NoChromiumError: there is none
    """
    unboxed = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium has no sandbox for root
    return {"executable_path": find(), "args": unboxed}


@functools.cache
def find() -> str:
    """Return the browser that ``CHROMIUM`` names, or the first of ``NAMES`` that is here, or Playwright's own.

    :raises NoChromiumError: there is none
    """
    if named := os.environ.get("CHROMIUM"):
        if found := shutil.which(named):
            return found
        raise NoChromiumError(f"CHROMIUM={named}: there is no such program")
    there = [found for name in NAMES if (found := shutil.which(name))]
    for found in there:
        if not _is_snap(Path(found)):
            return found
    if own := _own():
        return own
    snap = f"{there[0]} is a snap, which cannot see the folder for temporary files" if there else "it is not installed"
    raise NoChromiumError(
        f"the tests of deck and site need Chromium or Chrome, and {snap}. Type: "
        + ("sudo apt-get install chromium" if distribution() == "debian" else PLAYWRIGHT)
    )


def _is_snap(program: Path) -> bool:
    """Tell whether a program is a snap's, or the script by which Ubuntu calls it."""
    if program.resolve().name == "snap":
        return True
    with program.open("rb") as file:
        start = file.read(4096)
    return start.startswith(b"#!") and b"/snap/bin/" in start


def _own() -> str:
    """Return where Playwright has its own, or nothing if that has not been installed."""
    asked = subprocess.run([sys.executable, "-c", _OWN], capture_output=True, text=True, check=False)
    place = asked.stdout.strip()
    return place if place and Path(place).exists() else ""


@contextmanager
def started() -> Iterator[Browser]:
    """Give a running browser.

    :raises NoChromiumError: there is none
    """
    from playwright.sync_api import sync_playwright  # needs an environment, which the rest of this module does not

    options = launch()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        yield browser
        browser.close()
