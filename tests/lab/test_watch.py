"""A page that is run when it is saved, on a machine."""

from __future__ import annotations

from contextlib import closing
from functools import partial

from lab.engine import Engine
from lab.machine import Machine
from runner.rerun import Reruns
from tests.unit.test_watch import page, saved

# -- With a machine ------------------------------------------------------------------------------


def test_a_page_is_taken_up_where_it_was_changed(engine: Engine, plain: str) -> None:
    said: list[str] = []
    first = "$ echo first | tee -a done\nfirst"
    with closing(Reruns(partial(Machine, engine, plain), said.append)) as running:
        for second in ("$ cat done\nwrong", "$ cat done\nfirst", "$ wc -l done\n1 done"):
            saved(running, *page(first, second))
        machine = running._ready and running._ready.machine.name
    faults = [line for line in said if line.startswith("t.rst")]
    assert len(faults) == 1 and faults[0].startswith("t.rst:8: $ cat done\n")
    assert [line for line in said if "blocks, from" in line] == [
        "2 of 2 blocks, from t.rst:5",
        *["1 of 2 blocks, from t.rst:8"] * 2,
    ]
    assert machine and machine not in engine("ps", "--all", "--format={{.Names}}").split()
