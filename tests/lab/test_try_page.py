"""A reader's shell on a page's machine."""

from __future__ import annotations

from urllib.request import Request, urlopen

from lab.engine import Engine
from tests.unit.test_try_page import shell


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
