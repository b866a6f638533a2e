"""What the servers of the talk are measured with, on a machine."""

from __future__ import annotations

import pytest

from lab.engine import Engine
from lab.machine import Machine
from tools.servers import bench
from tools.servers.bench import BenchError


def test_a_server_that_does_not_come_up_is_named_with_the_reason(engine: Engine, plain: str) -> None:
    nothing = bench.Server("nothing", "python3", "python3 -c 'raise SystemExit(\"no luck\")'")
    with Machine(engine, plain) as machine, pytest.MonkeyPatch.context() as patch:
        machine.ask(
            "type", terminal=1, lines=["sudo mkdir -p /srv/app /etc/apache2/mods-enabled"], limit=10, stays=False
        )
        patch.setattr(bench, "LOAD", bench.LOAD.replace(b"PATIENCE = 15", b"PATIENCE = 1"))
        with pytest.raises(BenchError, match=r"(?s)nothing on trixie: python3 does not answer within 1 s.*no luck"):
            bench.measure(machine, nothing)
