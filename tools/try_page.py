"""``make try``: the reader's shell on a page's machine, with a port of this one relayed to its port 80.

``python -m tools.try_page PAGE AT LAB PORT``. The machine is the one that the page starts from (``start``), or the one
that it leaves behind at its ``end``. Leaving the shell removes it.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading

from lab import image
from lab.engine import Engine, EngineError
from lab.machine import Machine, MachineError
from runner.plan import PlanError
from runner.suite import Suite
from snippets.build import manifest
from tools import cli

#: Run in the machine, one for a connection: standard input to port 80, and its answer back.
RELAY = """
import os, socket, threading
s = socket.create_connection(("127.0.0.1", 80))
def up():
    while data := os.read(0, 65536): s.sendall(data)
    s.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while data := s.recv(65536):
    while data: data = data[os.write(1, data):]
"""

#: The reader's login, in the language that the pages were recorded in.
LOGIN = ["su", "--whitelist-environment=LANG", "-", "reader"]


def state_of(page: str, at: str, lab: str) -> tuple[Engine, str]:
    """Return the image of a page's start or end; the pages that lead there are run if they have to be.

    :raises EngineError: there is no engine, no such lab, or no image can be had
    :raises PlanError: there is no such page
    :raises MachineError: a page on the way does not pass; the message says where
    """
    pages = manifest()
    try:
        found = pages.page(page)
    except KeyError as error:
        raise PlanError(error.args[0]) from None
    if len(image.labs(lab)) > 1:
        raise EngineError(f"LAB={lab}: a shell runs on one lab only")
    if at == "end" and found.apart:
        raise PlanError(f"the sections of {page} run separately, so it has no end: AT=start is where each begins")
    last = page if at == "end" else found.starts_from
    if last is None:
        engine = Engine.find()
        return engine, image.ensure(engine, lab)
    suite = Suite(pages, [], [lab], keep=[last])
    state = suite.states.name(lab, last)
    if not suite.engine.exists(state):
        with suite:
            for block in pages.of(last, lab):
                verdict = suite.verdict(lab, block)
                if not verdict.good:
                    raise MachineError(verdict.message)
    return suite.engine, state


class Relay(threading.Thread):
    """Passes connections on to port 80 of a machine, which has no network."""

    def __init__(self, listener: socket.socket, machine: Machine) -> None:
        super().__init__(daemon=True)
        self.command = [machine.engine.name, "exec", "-i", machine.name, "python3", "-c", RELAY]
        self.listener = listener

    def run(self) -> None:
        """Serve until the process ends."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        async with await asyncio.start_server(self._connection, sock=self.listener) as server:
            await server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pipe, none = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        inside = await asyncio.create_subprocess_exec(
            *self.command, stdin=pipe, stdout=pipe, stderr=none, start_new_session=True
        )
        assert inside.stdin is not None and inside.stdout is not None
        await asyncio.gather(_pass_on(reader, inside.stdin), _pass_on(inside.stdout, writer))
        await inside.wait()


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(1 << 16):
            target.write(data)
            await target.drain()
        target.close()
    except ConnectionError:  # either end may hang up
        target.close()


def listen(port: str) -> socket.socket:
    """Listen on a port of this machine's own address.

    :raises ValueError: it is no port, or it is taken
    """
    try:
        return socket.create_server(("127.0.0.1", int(port)))
    except (OSError, OverflowError, ValueError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "that is not a port"
        raise ValueError(f"cannot listen on port {port} ({why}): name another with RELAY=8081") from None


def main(page: str, at: str, lab: str, port: str) -> int:
    """Open the shell; return the exit status."""
    try:
        if at not in ("start", "end"):
            raise ValueError(f"AT={at}: it must be start or end")
        with listen(port) as listener:
            engine, state = state_of(page, at, lab)
            with Machine(engine, state) as machine:
                Relay(listener, machine).start()
                print(
                    f"The machine of {page} at its {at}. Its port 80 is http://127.0.0.1:{port}/ here. "
                    "`exit` leaves it and removes it. "
                    f"A second terminal: {shlex.join([engine.name, 'exec', '-it', machine.name, *LOGIN])}",
                    flush=True,
                )
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for what runs in the shell
                terminal = ["-it"] if sys.stdin.isatty() else ["-i"]
                subprocess.run([engine.name, "exec", *terminal, machine.name, *LOGIN], check=False)
        return 0
    except KeyboardInterrupt:  # while it boots
        print(file=sys.stderr)
        return 1


if __name__ == "__main__":
    cli.run(main, "tools.try_page PAGE AT LAB PORT", ValueError)
