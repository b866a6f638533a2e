"""What all tests share: the plug-in that runs pages, and what tests of several rooms need."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import image
from tests import built

pytest_plugins = ["runner.pytest_plugin"]


@pytest.fixture(scope="session")
def site() -> Path:
    """Give the site that make site has built."""
    return built.site()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of lab/images, which is what images are made from during the test."""
    copy = tmp_path / "lab"
    monkeypatch.setattr(image, "scratch", lambda: tmp_path)
    shutil.copytree(image.HERE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(image, "HERE", copy)
    return copy


@pytest.fixture
def port() -> Iterator[str]:
    """Give a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = str(free.getsockname()[1])
    yield number
