"""``make try``: what cannot be opened is said, and a port is relayed."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys

import pytest

from project import ROOT


def shell(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tools.try_page", *arguments],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / '_ext'}"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tutorial/non", "start", "trixie"), r"make: no page 'tutorial/non'; there are: .*tutorial/install"),
        (("tutorial/install", "middle", "trixie"), r"make: AT=middle: it must be start or end"),
        (("tutorial/install", "start", "sid"), r"make: LAB=sid: it must be trixie, bookworm, mod_wsgi-6 or all"),
        (("tutorial/install", "start", "all"), r"make: LAB=all: a shell runs on one lab only"),
        (
            ("tutorial/install", "start", "trixie", "http"),
            r"make: cannot listen on port http \(that is not a port\): name",
        ),
        (("tutorial/install", "start", "trixie", "70000"), r"make: cannot listen on port 70000 \(that is not a port\)"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(port: str, arguments: tuple[str, ...], said: str) -> None:
    with shell(*(arguments if len(arguments) == 4 else (*arguments, port))) as running:
        _, told = running.communicate(timeout=30)
    assert running.returncode == 1
    assert re.fullmatch(f"{said}.*\n", told)


def test_a_port_that_is_taken_is_said_before_anything_is_started() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1])
        with shell("tutorial/install", "start", "trixie", number) as running:
            _, told = running.communicate(timeout=30)
    assert told == f"make: cannot listen on port {number} (Address already in use): name another with RELAY=8081\n"
