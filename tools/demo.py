"""``make demo``: the deck with the machine of its complete example behind it; and how that is recorded.

``python -m tools.demo`` serves ``build/site`` at ``http://127.0.0.1:8080/``, or another ``PORT``, and, from the same
origin, what the slide asks: ``GET /demo/ask`` sends the machine a request, ``POST /demo/touch`` touches the WSGI file
there. ``python -m tools.demo record`` writes the same as a recording, for a deck with no machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lab import image
from lab.machine import Machine, MachineError
from project import ROOT, SITE
from runner.course import Course
from runner.versions import versions
from snippets.build import manifest
from snippets.manifest import Block, Manifest
from tools import cli
from tools.try_page import listen, state_of

PORT = "8080"
RECORDED = ROOT / "snippets/recorded/demo.json"
PAGE = "tutorial/complete-example"
ASK = "curl -s http://mydomain.localhost/myapp"
TOUCH = "sudo touch /srv/myapp/wsgi.py"
#: What the recording has: requests, the touch, requests.
SCRIPT = (ASK, ASK, TOUCH, ASK, ASK, ASK)


def up_to_the_first_mistake(pages: Manifest) -> list[Block]:
    """Return the page's blocks before it writes a file for the second time: then it breaks it on purpose."""
    blocks: list[Block] = []
    written: set[str] = set()
    for block in pages.of(PAGE, image.DEFAULT):
        if block.path in written:
            break
        written |= {block.path} if block.path else set()
        blocks.append(block)
    return blocks


@contextmanager
def running() -> Iterator[Machine]:
    """Give a machine on which the complete example answers.

    :raises EngineError: there is no engine, or no image can be had
    :raises Failed: the page is not as it should be
    :raises MachineError: the machine does not boot
    """
    engine, state = state_of(PAGE, "start", image.DEFAULT)
    with Machine(engine, state) as machine:
        course = Course(machine)
        for block in up_to_the_first_mistake(manifest()):
            course.run(block)
        yield machine


def step(machine: Machine, command: str) -> dict[str, Any]:
    """Type a command; return it and, if it asked the application, what that said, by name.

    :raises MachineError: the machine is gone, or the application does not answer
    """
    text = machine.type(command)
    said = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    return {"typed": command} | ({"said": said} if said else {})


def record(machine: Machine) -> dict[str, Any]:
    """Return a recording."""
    wanted = ("pid", "user", "served", "process-group")
    steps = [step(machine, command) for command in SCRIPT]
    for one in steps:
        if "said" in one:
            one["said"] = {name: one["said"][name] for name in wanted}
    found = versions(machine.engine, image.tag(image.DEFAULT))
    told = {name: found[name] for name in ("debian", "apache", "mod_wsgi")}
    return {"versions": told, "when": datetime.now(UTC).date().isoformat(), "steps": steps}


class Handler(SimpleHTTPRequestHandler):
    """Serves the site, and what the slide asks."""

    def __init__(self, *arguments: Any, machine: Machine, **others: Any) -> None:
        self.machine = machine
        super().__init__(*arguments, directory=str(SITE), **others)

    def do_GET(self) -> None:
        """Send a request to the machine, or a file."""
        if self.path == "/demo/ask":
            self._answer(ASK)
        else:
            super().do_GET()

    def do_POST(self) -> None:
        """Touch the WSGI file."""
        if self.path == "/demo/touch":
            self._answer(TOUCH)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: who presents looks at the deck."""

    def _answer(self, command: str) -> None:
        try:
            status, text, kind = HTTPStatus.OK, json.dumps(step(self.machine, command)), "application/json"
        except MachineError as error:
            status, text, kind = HTTPStatus.BAD_GATEWAY, str(error), "text/plain"
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(port: str) -> None:
    """Serve until Ctrl-C.

    :raises ValueError: the port is none, or taken
    """
    with listen(port) as listener, running() as machine:
        server = ThreadingHTTPServer(listener.getsockname(), partial(Handler, machine=machine), bind_and_activate=False)
        server.socket.close()
        server.socket = listener
        print(f"The deck, live: http://127.0.0.1:{port}/slides/?live (Ctrl-C ends it)", flush=True)
        server.serve_forever()


def main(what: str) -> int:
    """Serve the deck, or record; return the exit status."""
    try:
        if what == "record":
            with running() as machine:
                RECORDED.write_text(json.dumps(record(machine), indent=1) + "\n")
            print(f"written: {RECORDED.relative_to(ROOT)}")
        else:
            serve(what or PORT)
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    cli.run(main, "tools.demo [PORT|record]", ValueError)
