"""A running machine, and the conversation with its agent."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import select
import subprocess
import time
from pathlib import Path
from typing import Any

from lab.engine import Engine

_AGENT = (Path(__file__).parent / "agent.py").read_bytes()
AGENT_DIGEST = hashlib.sha256(_AGENT).hexdigest()
_BOOTSTRAP = (
    "import sys; n = int(sys.stdin.buffer.readline()); "
    "exec(compile(sys.stdin.buffer.read(n), 'agent.py', 'exec'))"
)
_numbers = itertools.count(1)


class MachineError(RuntimeError):
    """The machine or its agent is gone, or answered something that is no answer."""


class Refused(RuntimeError):
    """The agent could not do what it was asked; the message says why."""


class Machine:
    """A machine booted from an image. Use it in a ``with`` statement: leaving it removes it.

    :raises EngineError: it cannot be started
    :raises MachineError: it does not boot
    """

    def __init__(self, engine: Engine, image: str) -> None:
        self.engine = engine
        self.name = f"lab-{os.getpid()}-{next(_numbers)}"
        self._agent: subprocess.Popen[bytes] | None = None
        self._requests = itertools.count(1)
        self._unread = b""
        try:
            engine(*engine.run_command(image, self.name))
            self._agent = subprocess.Popen(
                [engine.name, "exec", "-i", self.name, "/usr/bin/python3", "-c", _BOOTSTRAP],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the runner
            )
            self._send(b"%d\n" % len(_AGENT) + _AGENT)
            #: Versions of what the machine offers: debian, apache, mod_wsgi, python.
            self.versions: dict[str, str] = self.ask("hello", limit=40)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, what: str, limit: float = 10, **parameters: Any) -> dict[str, Any]:
        """Send a request and return the answer.

        :param limit: seconds the request may take in the machine
        :raises Refused: the agent says why not
        :raises MachineError: no answer, or a malformed one
        """
        number = next(self._requests)
        if what in ("type", "read", "interrupt"):
            parameters["limit"] = limit
        self._send(json.dumps({"do": what, "id": number, **parameters}).encode() + b"\n")
        line = self._line(time.monotonic() + limit + 20)
        try:
            answer = json.loads(line)
            if answer.pop("id") != number:
                raise ValueError("an answer to another question")
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise MachineError(f"the machine's agent sent a malformed answer ({error})") from error
        if "failure" in answer:
            raise Refused(str(answer["failure"]))
        return dict(answer)

    def commit(self, image: str, labels: dict[str, str]) -> None:
        """Keep the machine's disk as an image."""
        changes = [f"--change=LABEL {name}={value}" for name, value in labels.items()]
        self.engine("commit", "--quiet", *changes, self.name, image, timeout=120)

    def close(self) -> None:
        """Remove the machine, and whatever runs in it."""
        if self._agent is not None:
            self._agent.kill()
            self._agent.wait()
            for pipe in (self._agent.stdin, self._agent.stdout):
                assert pipe is not None
                try:
                    pipe.close()
                except OSError:  # what was not sent yet
                    pass
            self._agent = None
        self.engine("rm", "--force", "--volumes", "--time=0", self.name, quiet=True)

    def _send(self, data: bytes) -> None:
        assert self._agent is not None and self._agent.stdin is not None
        try:
            self._agent.stdin.write(data)
            self._agent.stdin.flush()
        except OSError:
            raise MachineError("the machine is gone") from None

    def _line(self, until: float) -> bytes:
        assert self._agent is not None and self._agent.stdout is not None
        while b"\n" not in self._unread:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._agent.stdout], [], [], left)[0]:
                raise MachineError("the machine's agent does not answer")
            data = os.read(self._agent.stdout.fileno(), 1 << 20)
            if not data:
                raise MachineError("the machine, or its agent, ended in the middle")
            if len(self._unread) > 1 << 24:
                raise MachineError("the machine's agent sent an answer without end")
            self._unread += data
        line, self._unread = self._unread.split(b"\n", 1)
        return line

