"""What the agent can be asked.

A request is one line of JSON on standard input, its answer one on standard output with the same ``id``. When standard
input ends, whoever asked is gone, and the machine powers itself off.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from lab.agent import HOME, Failure
from lab.agent.apache import Apache
from lab.agent.bash import OutOfStep, Prompt
from lab.agent.checkers import CHECKERS, fault
from lab.agent.config_test import ConfigTest
from lab.agent.files import Files
from lab.agent.limits import BOOT
from lab.agent.nginx import Nginx
from lab.agent.processes import LIBC, listening
from lab.agent.server import Server
from lab.agent.terminal import Terminal

PR_SET_DUMPABLE = 4


class Agent:
    """What can be asked: each public method is a request, its parameters the request's.

    The answers about terminals have the command's ``output`` (base64) and ``seconds``; ``prompt`` and
    ``status`` once it has ended; ``broken``, and why, if the terminal is of no more use. They and ``news``
    say what else has happened: serious lines in Apache's ``logs``, whether it has (re)``started``, and which
    of the files that were written something has ``read``.
    """

    def __init__(self) -> None:
        self.terminals: dict[int, Terminal] = {}
        self.files, self.config_test = Files(), ConfigTest()
        self.servers: tuple[Server, ...] = (Apache(), Nginx())

    def hello(self) -> dict[str, Any]:
        """Wait until the machine has booted."""
        shutil.rmtree(HOME, ignore_errors=True)
        HOME.mkdir(mode=0o755)
        Path("/run/lab-agent").touch()

        until, state = time.monotonic() + BOOT, ""
        while state not in ("running", "degraded"):
            if time.monotonic() > until:
                raise Failure(f"the machine does not boot: {state}")
            state = _systemctl("is-system-running", "--wait")
        if state == "degraded":
            raise Failure(f"the machine boots with failed services: {_systemctl('--failed', '--plain', '--no-legend')}")
        self.files.check()
        self.news()
        return {}

    def type(self, terminal: int, lines: list[str], limit: float, stays: bool) -> dict[str, Any]:
        """Type a command and read what comes; one that ``stays`` is only typed."""
        return self._converse(terminal, lambda shell: shell.run(lines, limit, stays=stays))

    def read(self, terminal: int, limit: float) -> dict[str, Any]:
        """Read what a running command writes until it ends or the time is over; say if it ``opened`` a port."""
        answer = self._converse(terminal, lambda shell: shell.read(limit))
        shell = self.terminals.get(terminal)
        return answer | {"opened": shell is not None and not listening() <= shell.listening}

    def interrupt(self, terminal: int, limit: float) -> dict[str, Any]:
        """Press Ctrl-C and read up to the prompt."""
        return self._converse(terminal, lambda shell: shell.interrupt(limit))

    def write(self, path: str, text: str, language: str, replaces: str | None = None) -> dict[str, Any]:
        """Write a file.

        :param replaces: what it has to say before, if it is to be changed
        :return: its ``path``, links followed, how far it was ``checked``, the checker's ``message`` and the
            ``line`` it names
        """
        if replaces is not None:
            self.files.expect(path, replaces)
        self.files.write(path, text)
        answer: dict[str, Any] = {"path": os.path.realpath(path), "checked": "written", "message": "", "line": None}
        if language in CHECKERS:
            answer["checked"] = "parsed"
            answer["message"], answer["line"] = fault(language, text) or ("", None)
        return answer

    def check(self, text: str, context: str, name: str, line: int) -> dict[str, Any]:
        """Config-test a fragment."""
        return self.config_test.check(text, context, name, line)

    def loaded(self) -> dict[str, Any]:
        """Config-test all that Apache loads."""
        return self.config_test.loaded()

    def examine(self, program: str) -> dict[str, Any]:
        """Have a program that only reads look at the machine, as root; what it reads counts for nobody.

        :return: its exit ``status``, and what it ``said`` and wrote as ``errors``
        """
        before = self.news()
        done = subprocess.run(
            [sys.executable, "-I", "-", "--json"],
            input=program,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        self.files.forget_reads()
        return {**before, "status": done.returncode, "said": done.stdout, "errors": done.stderr}

    def news(self) -> dict[str, Any]:
        """Return what has happened since the last answer that told."""
        found: dict[str, Any] = {}
        for server in self.servers:
            found |= server.news()
        # After all waits: what a server reads while it reloads counts for the command that has told it to.
        return found | {"read": self.files.read_since()}

    def _converse(self, number: int, say: Callable[[Terminal], Prompt | None]) -> dict[str, Any]:
        began = time.monotonic()
        shell, answer = self.terminals.get(number), dict[str, Any]()
        with contextlib.ExitStack() as watched:
            for server in self.servers:
                watched.enter_context(server.watched())
            try:
                if shell is None:
                    shell = self.terminals[number] = Terminal()
                if prompt := say(shell):
                    answer = {"prompt": prompt.before, "status": prompt.status}
            except OutOfStep as broken:
                answer = {"broken": str(broken)}
            output = shell.taken() if shell else b""
            if shell and "broken" in answer:
                self.terminals.pop(number).close()
            seconds = time.monotonic() - began
            news = self.news()
        return {"output": base64.b64encode(output).decode(), "seconds": seconds, **answer, **news}


def _systemctl(*arguments: str) -> str:
    return subprocess.run(["systemctl", *arguments], capture_output=True, text=True, check=False).stdout.strip()


def main() -> None:
    """Answer requests until nobody asks any more."""
    requests: SimpleQueue[bytes] = SimpleQueue()
    LIBC.prctl(PR_SET_DUMPABLE, 0)  # not even the machine's root looks into this process, or writes into its pipes

    def power_off() -> None:
        os.kill(1, signal.SIGRTMIN + 14)  # systemd: at once

    def listen() -> None:
        for line in sys.stdin.buffer:
            requests.put(line)
        power_off()

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing else writes where answers go
    threading.Thread(target=listen, daemon=True).start()
    agent = Agent()
    try:
        while True:
            request = json.loads(requests.get())
            name, number = request.pop("do"), request.pop("id")
            try:
                answer = getattr(agent, name)(**request)
            except Failure as failure:
                answer = {"failure": str(failure)}
            except Exception:  # a fault of the agent is nobody's success
                answer = {"fault": traceback.format_exc()}
            print(json.dumps({"id": number, **answer}), file=answers, flush=True)
    finally:
        power_off()
