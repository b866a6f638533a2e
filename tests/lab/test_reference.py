"""What was recorded of the modules is what a machine's module says."""

from __future__ import annotations

from typing import Any

from lab import image
from lab.machine import Machine
from reference.merge import differences, load, view
from tests.unit.test_reference import recorder
from tools.record import modules


def test_a_machine_says_what_was_recorded_of_an_option(installed: str, engine: Any) -> None:
    recorded = view(load(modules.RECORDED), image.DEFAULT)
    with Machine(engine, installed) as machine:
        asked = recorder(machine, options={"threads": list(recorded["options"]["threads"])})
        assert asked.listed["WSGIScriptAlias"]["help"] == recorded["directives"]["WSGIScriptAlias"]["help"]
        found = {
            value: asked.said(f"WSGIDaemonProcess probe threads={value}") for value in asked.trials.options["threads"]
        }
    assert not list(differences(recorded["options"]["threads"], found))
