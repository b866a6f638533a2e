"""The demo's recording is what a machine does."""

from __future__ import annotations

import json

from lab.engine import Engine
from tools import demo


def test_what_is_recorded_is_what_a_machine_does(engine: Engine) -> None:
    kept = json.loads(demo.RECORDED.read_text())
    with demo.running() as machine:
        made = demo.record(machine)
    assert not engine("ps", "--all", "--quiet", f"--filter=name={machine.name}")
    for recorded in (kept, made):
        typed = [step["typed"] for step in recorded["steps"]]
        assert typed == list(demo.SCRIPT)
        before, after = (
            {step["said"]["pid"] for step in part if "said" in step}
            for part in (recorded["steps"][: typed.index(demo.TOUCH)], recorded["steps"][typed.index(demo.TOUCH) :])
        )
        assert len(before) <= 2
        assert not before & after
        said = [step["said"] for step in recorded["steps"] if "said" in step]
        assert {(one["user"], one["process-group"]) for one in said} == {("myapp", "mydomain-tld-myapp")}
