"""A running machine, and the conversation with its agent."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import itertools
import json
import os
import secrets
import select
import subprocess
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

from lab.agent.limits import BOOT, PATIENCE, SLOW
from lab.engine import LABEL, Engine, EngineError, label
from lab.errors import UserError
from lab.owner import scratch

_HERE = Path(__file__).parent
_SOURCES = {f"lab/{path.relative_to(_HERE)}": path.read_bytes() for path in sorted(_HERE.glob("agent/*.py"))} | {
    "lab/__init__.py": b""
}
#: The agent's identity: what an older one has found out is not relied on.
AGENT_DIGEST = hashlib.sha256(b"\0".join(_SOURCES.values())).hexdigest()
#: Seconds by which an answer may be late where all cores are busy.
BUSY = 10
_BOOTSTRAP = (_HERE / "agent/bootstrap.py").read_text()


def _archive() -> bytes:
    """Return the agent as one file, which Python imports from."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in _SOURCES.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return data.getvalue()


class MachineError(UserError):
    """The machine or its agent is gone, or answered something that is no answer."""


class Refused(UserError):
    """The agent could not do what it was asked; the message says why."""


class Machine:
    """A machine booted from an image. Use it in a ``with`` statement: leaving it removes it.

    :raises EngineError: it cannot be started
    :raises MachineError: it does not boot
    """

    def __init__(self, engine: Engine, image: str) -> None:
        self.engine = engine
        self.name = f"lab-{os.getpid()}-{secrets.token_hex(4)}"
        self._agent: subprocess.Popen[bytes] | None = None
        self._talking = threading.Lock()
        self._numbers = itertools.count(1)
        self._unread = b""
        try:
            engine.check_room()
            engine(*engine.run_command(image, self.name))
            slow = f"--env=LAB_PATIENCE={SLOW:g}"
            self._agent = subprocess.Popen(
                [engine.name, "exec", "-i", slow, self.name, "/usr/bin/python3", "-c", _BOOTSTRAP],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for the runner
                cwd=scratch(),
            )
            agent = _archive()
            self._send(b"%d\n" % len(agent) + agent)
            self.ask("hello", seconds=BOOT)
        except Refused as refused:
            self.close()
            raise MachineError(str(refused)) from None
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, what: str, seconds: float | None = None, **parameters: Any) -> dict[str, Any]:
        """Send a request and return the answer.

        :param seconds: how long what is asked for may take; by default what a ``limit`` of the request allows, or 10
        :raises Refused: the agent says why not
        :raises MachineError: no answer, or a malformed one
        """
        number = next(self._numbers)
        until = time.monotonic() + (seconds or parameters.get("limit", 10 * SLOW)) + PATIENCE + BUSY * SLOW
        with self._talking:
            self._send(json.dumps({"do": what, "id": number, **parameters}).encode() + b"\n")
            line = self._line(until)
        try:
            answer = json.loads(line)
            if answer.pop("id") != number:
                raise ValueError("the answer is to another question")
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
            raise MachineError(f"the machine's agent sent a malformed answer: {error!r}") from error
        if "fault" in answer:
            raise MachineError(f"the machine's agent failed:\n{answer['fault']}")
        if "failure" in answer:
            raise Refused(str(answer["failure"]))
        return dict(answer)

    def type(self, command: str, limit: float = 10) -> str:
        """Type a command into the reader's terminal, and return what comes.

        :param limit: seconds
        :raises MachineError: it fails, or the machine is gone
        """
        answer = self.ask("type", terminal=1, lines=command.split("\n"), limit=limit, stays=False)
        came = base64.b64decode(answer["output"]).decode(errors="replace")
        if answer.get("status") != 0:
            why = answer.get("broken") or f"exit status {answer['status']}"
            raise MachineError(f"$ {command}\n{why}: {came[-500:].strip() or 'no output'}")
        return came

    def commit(self, image: str, owner: str) -> None:
        """Keep the machine's disk as an image: a state.

        :param owner: the checkout whose it is
        """
        labels = {LABEL: "state", f"{LABEL}.owner": owner}
        changes = [f"--change=LABEL {name}={label(value)}" for name, value in labels.items()]
        self.engine("commit", *changes, self.name, image, timeout=120)

    def close(self) -> None:
        """Remove the machine, and whatever runs in it.

        From any thread, and more than once: who is waiting for an answer is told that there is none.
        """
        try:
            # The machine first: an agent left alone powers it off, and its end would race with its removal.
            self.engine.remove(self.name)
        finally:
            if self._agent is not None:
                self._agent.kill()  # so that whoever talks to it stops, and lets go of the pipes
                with self._talking:
                    self._agent.communicate()

    def _send(self, data: bytes) -> None:
        assert self._agent is not None and self._agent.stdin is not None
        try:
            self._agent.stdin.write(data)
            self._agent.stdin.flush()
        except (OSError, ValueError):  # broken, or closed already
            raise MachineError(self._end()) from None

    def _line(self, until: float) -> bytes:
        assert self._agent is not None and self._agent.stdout is not None
        asked = time.monotonic()
        look = asked + 2  # and then at twice the time, again and again
        while b"\n" not in self._unread:
            left = until - time.monotonic()
            if left <= 0:
                self._check_agent()
                raise MachineError("the machine's agent does not answer")
            if not select.select([self._agent.stdout], [], [], min(left, 0.5))[0]:
                self._check_room()
                if time.monotonic() > look:
                    self._check_agent()
                    look += look - asked
                continue
            data = os.read(self._agent.stdout.fileno(), 1 << 20)
            if not data:
                raise MachineError(self._end())
            self._unread += data
            if len(self._unread) > 1 << 24:
                raise MachineError("the machine's agent sent an endless answer")
        line, self._unread = self._unread.split(b"\n", 1)
        return line

    def _check_agent(self) -> None:
        """See that nobody has stopped the agent: it would never answer."""
        if self.engine("exec", self.name, "pgrep", "--runstates=T", "--full", "stdin.buffer", timeout=5, quiet=True):
            raise MachineError("something in the machine has stopped its agent (SIGSTOP), so it cannot answer")

    def _check_room(self) -> None:
        try:
            self.engine.check_room()
        except EngineError as error:
            raise MachineError(f"the machine was stopped: {error}") from None

    def _end(self) -> str:
        """Say that the agent is gone, and what its engine says of that."""
        assert self._agent is not None
        said = b""
        with contextlib.suppress(subprocess.TimeoutExpired):
            said = self._agent.communicate(timeout=5)[1]
        last = said.decode(errors="replace").strip().rpartition("\n")[2]
        return "the machine or its agent has ended" + (f": {last}" if last else "")
