"""A machine that others start from, kept or refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from lab.engine import Engine
from lab.machine import Machine
from lab.original import Original
from runner import unchanged
from tests.unit.test_unchanged import UNIT

# -- A machine -----------------------------------------------------------------------------------

PLANTED = (
    "echo 'echo probe' | sudo tee /usr/local/bin/curl; sudo chmod +x /usr/local/bin/curl",
    "sudo cp /usr/bin/true /usr/bin/grep",
    "cd /usr/lib/python3.1*/json; sudo cp -p __init__.py /tmp/old; sudo sed -i s/Encoder/encodeR/ __init__.py",
    "sudo touch -r /tmp/old __init__.py; cd",
    "sudo touch -d 2020-01-01 /usr/lib/python3/dist-packages/lies.pyc",
    "sudo ln /usr/bin/true /usr/local/bin/wget; sudo cp --preserve=mode /usr/bin/sudo /srv/sudo",
    "echo 'alias curl=true' >> ~/.bashrc",
)


@pytest.fixture
def machine(engine: Engine, plain: str) -> Iterator[Machine]:
    with Machine(engine, plain) as running:
        yield running


def test_a_machine_is_kept_if_its_instruments_are_as_they_were(machine: Machine, plain: str) -> None:
    engine, original = machine.engine, Original.of(machine.engine, plain)
    name = f"localhost/lab-state:tests-{machine.name}"
    unit = replace(UNIT, text="[Service]\nExecStart=/srv/run")
    try:
        machine.type("sudo apt-get install -y apache2 libapache2-mod-wsgi-py3 gunicorn > /dev/null", 120)
        machine.ask("write", path=unit.path, text=f"{unit.text}\n", language="")
        machine.type("sudo python3 -c 'import gunicorn'", 60)
        assert unchanged.keep(machine, name, original, [unit], "tests") == []
        assert engine.exists(name)
        with Machine(engine, name) as again:
            again.type("systemctl is-active apache2; gunicorn --version; sudo apt-get install -y curl > /dev/null", 60)
        for command in PLANTED:
            machine.type(command, 60)
        found = "\n".join(unchanged.keep(machine, f"{name}-2", original, [unit], "tests"))
        paths = "local/bin/curl", "bin/grep", "json/__init__.py", "lies.pyc", "local/bin/wget", "srv/sudo", ".bashrc"
        assert [path for path in paths if f"{path}'" not in found] == []
        assert found.count("\n") + 1 == len(paths)
        assert not [row for row in engine.labelled("state", images=True) if f"{name}-2" in row["tags"]]
    finally:
        engine("rmi", "--force", name, quiet=True)
