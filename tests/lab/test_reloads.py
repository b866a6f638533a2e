"""However somebody reloads or restarts Apache: it is over, with no old process left, before the next thing is done."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from lab.engine import Engine
from lab.machine import Machine

PROCESSES = "cat /proc/$(cat /run/apache2/apache2.pid)/task/*/children"
FIRST = "$(cat /run/apache2/apache2.pid)"


@pytest.fixture(scope="module")
def machine(engine: Engine, installed: str) -> Iterator[Machine]:
    """Give a machine on which Apache needs long to read its configuration: it has started before it says so."""
    with Machine(engine, installed) as machine:
        machine.ask("write", path="/home/reader/again", text="sudo kill -s HUP $(sudo cat $1)\n", language="bash")
        many = "seq 100000 | sed 's#.*#AddType text/x& x&#'"
        typed(machine, f"{many} | sudo tee /etc/apache2/conf-enabled/types.conf > /dev/null")
        yield machine


def typed(machine: Machine, command: str) -> dict[str, Any]:
    answer = machine.ask("type", terminal=1, lines=[command], limit=30, stays=False)
    assert answer.get("status") == 0, answer
    return answer


def processes(machine: Machine) -> set[bytes]:
    return set(base64.b64decode(typed(machine, PROCESSES)["output"]).split())


@pytest.mark.parametrize(
    "way",
    [
        "sudo service apache2 reload > /dev/null",
        "sudo kill -USR1 $(cat /run/apache2/apache2.pid)",
        "sudo systemctl kill --signal=USR1 --kill-who=main apache2 2> /dev/null",
        "sudo apachectl -k restart",
        "bash again /run/apache2/apache2.pid",
    ],
)
def test_a_reload_is_seen_whatever_it_is_called(engine: Engine, machine: Machine, way: str) -> None:
    before = processes(machine)
    assert before
    engine("exec", machine.name, "sh", "-c", f"kill -STOP {FIRST}")  # it hears of a signal a second later
    engine("exec", "--detach", machine.name, "sh", "-c", f"sleep 1; kill -CONT {FIRST}")
    assert typed(machine, way)["started"]
    after = processes(machine)
    assert after
    assert not before & after


@pytest.mark.parametrize(
    "way", ["sudo /etc/init.d/apache2 restart > /dev/null", "sudo systemctl stop apache2; sudo apachectl start"]
)
def test_a_start_is_seen_whatever_it_is_called(machine: Machine, way: str) -> None:
    before = processes(machine)
    assert before
    assert typed(machine, way)["started"]
    after = processes(machine)
    assert after
    assert not before & after
