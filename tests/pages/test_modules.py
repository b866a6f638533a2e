"""The reference: the modules say today what was recorded of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from lab import image
from lab.engine import EngineError
from project import ROOT
from reference.merge import differences, load, view
from runner.suite import Suite
from tools.record import modules

COMPARED = ROOT / "build/snippets/reference.json"
#: The page whose end has what a machine needs for this, and would have to be given otherwise.
INSTALLED = "tutorial/install"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each lab."""
    if "asked" in metafunc.fixturenames:
        try:
            labs = image.labs(metafunc.config.getoption("--lab"))
        except EngineError as error:
            raise pytest.Collector.CollectError(str(error)) from None
        metafunc.parametrize("asked", labs)


def _compared() -> dict[str, str]:
    """Return what was compared before and found right, by lab."""
    try:
        before: dict[str, str] = json.loads(COMPARED.read_text())
        return dict(before.items())
    except (OSError, ValueError, AttributeError):
        return {}


def planted(recorded: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the record with one thing wrong each time."""
    for change in (
        lambda it: it.update(mod_wsgi="1.0"),
        lambda it: it["directives"].pop("WSGIScriptAlias"),
        lambda it: it["directives"]["WSGIRestrictEmbedded"]["contexts"].update(vhost="Syntax OK"),
        lambda it: it["options"].update(thread={"5": "Syntax OK"}),
        lambda it: it["options"]["threads"].update({"-1": "Syntax OK"}),
        lambda it: it["mistakes"]["root"].update(said="WSGI process blocked."),
    ):
        wrong = deepcopy(recorded)
        change(wrong)  # type: ignore[no-untyped-call]
        yield wrong


def test_the_modules_say_what_was_recorded(suite: Suite, asked: str, request: pytest.FixtureRequest) -> None:
    if _compared().get(asked) == modules.key(image.tag(asked)) and not request.config.getoption("--fresh"):
        pytest.skip("of the modules, unchanged since they said so (FRESH=1 asks them again)")
    try:
        plain = image.ensure(suite.engine, asked)
    except EngineError as error:
        pytest.fail(str(error), pytrace=False)
    end = suite.states.name(asked, INSTALLED) if asked in suite.labs else plain
    start = end if suite.engine.exists(end) else plain
    found = modules.record(suite.engine, asked, start, modules.Trials())
    recorded = view(load(modules.RECORDED), asked)
    if wrong := list(differences(recorded, found)):
        pytest.fail("\n".join([*wrong[:40], f"{len(wrong)} in all; make record writes it anew"]), pytrace=False)
    assert all(list(differences(wrong, found)) for wrong in planted(recorded))
    COMPARED.write_text(json.dumps(_compared() | {asked: modules.key(plain)}, indent=1) + "\n")
