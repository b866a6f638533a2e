"""What the tests of the lab share: the engine, and images to boot machines from."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from lab import image
from lab.engine import Engine, EngineError
from lab.machine import Machine
from lab.owner import checkout

INSTALL = (
    "sudo apt-get install -y apache2 libapache2-mod-wsgi-py3 curl > /dev/null",
    "echo ServerName localhost | sudo tee /etc/apache2/conf-enabled/servername.conf",
    "sudo systemctl reload apache2",
)


@pytest.fixture(scope="session")
def engine() -> Engine:
    """Find the engine."""
    try:
        return Engine.find()
    except EngineError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def plain(engine: Engine) -> str:
    """Name the lab's image."""
    try:
        return image.ensure(engine, image.DEFAULT)
    except EngineError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def installed(engine: Engine, plain: str) -> str:
    """Name an image with Apache and mod_wsgi. It is made once and kept, whatever the pages do.

    Each checkout has its own: one that is gone has its images removed by the others' suites, which the tests run too.
    """
    owner = checkout(Path(__file__).parent)
    made_of = hashlib.sha256("\n".join([owner, plain, *INSTALL]).encode()).hexdigest()[:12]
    name = f"localhost/lab-state:{image.DEFAULT}-tests-{made_of}"
    if not engine.exists(name):
        for old in engine.labelled("state", images=True):
            if old["owner"] == owner:
                engine("rmi", old["id"], quiet=True)
        with Machine(engine, plain) as machine:
            for command in INSTALL:
                machine.type(command, 60)
            machine.commit(name, owner)
    return name
