"""One browser for deck and site: Debian's Chromium, with no network."""

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.fail("This is checked in Chromium, which is not here: apt-get install chromium", pytrace=False)
    unboxed = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium has no sandbox for root
    return {**browser_type_launch_args, "executable_path": chromium, "args": unboxed}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    return {**browser_context_args, "viewport": {"width": 1280, "height": 720}, "offline": True}
