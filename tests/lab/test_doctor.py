"""The doctor on a machine: it finds what Apache has, changes nothing, and says in one line when it can't look."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from lab.engine import Engine
from lab.machine import Machine
from runner.examined import program

SITE = "/etc/apache2/sites-enabled/probe.conf"
TEXT = "WSGIDaemonProcess probe maximum-requests=1k\n"
MADE = "find /etc /srv /opt /home /root /var /run /usr -xdev -newer /run/marker -not -path '/var/log/journal/*'"


@pytest.fixture
def machine(engine: Engine, installed: str) -> Iterator[Machine]:
    with Machine(engine, installed) as machine:
        yield machine


def examined(machine: Machine) -> dict[str, Any]:
    answer = machine.ask("examine", program=program(), seconds=60)
    return answer | {"said": json.loads(answer["said"] or "{}")}


def typed(machine: Machine, command: str) -> list[str]:
    answer = machine.ask("type", terminal=1, lines=[command], limit=30, stays=False)
    assert answer.get("status") == 0, answer
    return base64.b64decode(answer["output"]).decode().split()


def test_debians_own_server_has_nothing_wrong(machine: Machine) -> None:
    answer = examined(machine)
    assert (answer["status"], answer["errors"]) == (0, "")
    assert [one["id"] for one in answer["said"]["findings"]] == []
    assert not answer["said"]["reading"]


def test_it_changes_nothing(machine: Machine) -> None:
    machine.ask("write", path=SITE, text=TEXT, language="apache")
    typed(machine, "sleep 1; sudo touch /run/marker; sleep 1")
    assert [one["id"] for one in examined(machine)["said"]["findings"]] == [
        "the-process-restarts-after-each-request", "a-change-of-the-configuration-has-no-effect",
    ]  # fmt: skip
    assert [
        path for path in typed(machine, f"sudo {MADE}") if not path.startswith(("/run/sudo", "/var/log", "/run/log"))
    ] == []


def test_what_it_reads_nobody_has_read(machine: Machine) -> None:
    machine.ask("write", path=SITE, text=TEXT, language="apache")
    assert SITE not in examined(machine)["read"]
    assert SITE not in machine.ask("news")["read"]
    answer = machine.ask("type", terminal=1, lines=[f"cat {SITE}"], limit=9, stays=False)
    assert SITE in answer["read"]


def test_an_apache_that_does_not_end_is_said_in_one_line(machine: Machine) -> None:
    typed(machine, "printf '#!/bin/sh\\nsleep 1000\\n' | sudo tee /usr/sbin/apache2.new > /dev/null")
    typed(machine, "sudo chmod 755 /usr/sbin/apache2.new; sudo mv /usr/sbin/apache2.new /usr/sbin/apache2")
    answer = examined(machine)
    assert (answer["status"], answer["said"], answer["errors"].count("\n")) == (2, {}, 1)
    assert "didn't end within 10 s" in answer["errors"]


def test_a_server_without_apache_is_said_in_one_line(engine: Engine, plain: str) -> None:
    with Machine(engine, plain) as machine:
        answer = examined(machine)
    assert (answer["status"], answer["errors"].count("\n")) == (2, 1)
    assert "there's no Apache on this machine" in answer["errors"]
