"""``make try``: a shell on a page's machine, its port 80 relayed, and nothing left of it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest

from lab.engine import Engine
from project import ROOT


@pytest.fixture
def port() -> Iterator[str]:
    """Give a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = str(free.getsockname()[1])
    yield number


def shell(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tools.try_page", *arguments],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / '_ext'}"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_the_machine_at_a_pages_end_is_opened_and_asked_and_leaves_nothing(engine: Engine, port: str) -> None:
    with shell("tutorial/first-application", "end", "trixie", port) as running:
        assert running.stdin and running.stdout
        running.stdin.write(
            "whoami; locale; sudo a2ensite --quiet hello && sudo systemctl restart apache2; echo ready\n"
        )
        running.stdin.flush()
        said = []
        while "ready\n" not in said:
            said.append(running.stdout.readline())
            assert said[-1], running.stderr and running.stderr.read()
        assert f"Its port 80 is http://127.0.0.1:{port}/ here." in "".join(said)
        assert "reader\n" in said
        assert "LANG=C.UTF-8\n" in said  # as the pages were recorded: it is in the quotation marks of some messages
        machine = engine("ps", "--format={{.Names}}", f"--filter=name=lab-{running.pid}-")
        assert machine
        site = Request(f"http://127.0.0.1:{port}/", headers={"Host": "hello.localhost"})
        with urlopen(site) as answer:
            assert answer.read() == b"Hello from a WSGI application.\n"
        running.communicate("exit\n", timeout=30)
    assert running.returncode == 0
    assert not engine("ps", "--all", "--quiet", f"--filter=name={machine}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tutorial/non", "start", "trixie"), r"make: no page 'tutorial/non'; there are: .*tutorial/install"),
        (("tutorial/install", "middle", "trixie"), r"make: AT=middle: it is start or end"),
        (("tutorial/install", "start", "sid"), r"make: LAB=sid: it is trixie, bookworm, mod_wsgi-6 or all"),
        (("tutorial/install", "start", "all"), r"make: LAB=all: a shell is on one lab"),
        (
            ("tutorial/install", "start", "trixie", "http"),
            r"make: cannot listen on port http \(that is no port\): name",
        ),
        (("tutorial/install", "start", "trixie", "70000"), r"make: cannot listen on port 70000 \(that is no port\)"),
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
