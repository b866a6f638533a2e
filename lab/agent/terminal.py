"""Terminals, with the reader's shell in each."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import re
import secrets
import select
import signal
import struct
import subprocess
import termios
import time
from typing import ClassVar

from lab.agent import HOME, READER, Failure
from lab.agent.bash import Bash, OutOfStep, Prompt
from lab.agent.limits import IDLE, OPENING
from lab.agent.processes import as_reader, busy, listening

HEAD, TAIL, FLOOD = 1 << 20, 1 << 16, 1 << 26  # bytes of output kept from each end, and too many
COLUMNS, ROWS = 100, 50
LINE = 4095  # bytes of a line that a terminal passes on; it drops the rest
PROMPT = rb"\x1e%b:([^\x1e]*)\x1e"  # a marker, with the terminal's own word
MARKER = 4096  # bytes that no marker reaches


class Output:
    """What a command has written: its head and its tail, whatever lies between is only counted."""

    def __init__(self) -> None:
        self.head, self.tail, self.total = bytearray(), bytearray(), 0

    def add(self, data: bytes | bytearray) -> None:
        """Take more output."""
        self.total += len(data)
        room = HEAD - len(self.head)
        self.head += data[:room]
        self.tail += data[room:]
        if len(self.tail) > 2 * TAIL:
            del self.tail[:-TAIL]

    def cut(self, end: bytes) -> bool:
        """Take away an end; tell whether it was there."""
        last = self.tail or self.head
        if not last.endswith(end):
            return False
        del last[len(last) - len(end) :]
        self.total -= len(end)
        return True

    def bytes(self) -> bytes:
        """Return what was kept."""
        dropped = self.total - len(self.head) - len(self.tail)
        note = b"\n[%d bytes not kept]\n" % dropped if dropped else b""
        return bytes(self.head) + note + bytes(self.tail)


class Terminal:
    """A real interactive bash on a terminal, as the reader's user, in the reader's home.

    Its prompts are markers: what stands before the last one is output, whoever wrote it. That the shell waits, and with
    which status, no marker says.

    What has come since the last :meth:`taken` is its ``output``.

    :raises OutOfStep: by each method, and with no first prompt
    """

    open: ClassVar[set[Terminal]] = set()

    def __init__(self) -> None:
        nonce = secrets.token_hex(8)
        self.prompt = re.compile(PROMPT % nonce.encode())
        self.unread, self.output, self.ended = bytearray(), Output(), False
        self.listening: set[str] = set()  # sockets, when the running command was typed
        rc = HOME / f"bashrc-{nonce}"
        # A virtual environment puts its name before PS1, where it could be output: the marker says it again.
        rc.write_text(
            f"PS1=$'\\x1e{nonce}:${{VIRTUAL_ENV_PROMPT-}}\\x1e' PS2=$'\\x1e{nonce}:\\x1e'\n"
            "set -o pipefail\nunset HISTFILE\n"
        )
        user = pwd.getpwnam(READER)
        environment = {
            "HOME": user.pw_dir,
            "LANG": "C.UTF-8",
            "LOGNAME": READER,
            "PAGER": "cat",
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games",
            "SHELL": user.pw_shell,
            "TERM": "dumb",
            "USER": READER,
        }
        self.fd, shell_end = os.openpty()
        fcntl.ioctl(shell_end, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        modes = termios.tcgetattr(shell_end)
        modes[1] &= ~termios.ONLCR
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(shell_end, termios.TCSANOW, modes)
        os.fchown(shell_end, user.pw_uid, -1)
        self.shell = subprocess.Popen(
            ["setsid", "--ctty", "bash", "--noprofile", "--noediting", "--rcfile", str(rc), "-i"],
            stdin=shell_end, stdout=shell_end, stderr=shell_end,
            env=environment, cwd=user.pw_dir, **as_reader(),
        )  # fmt: skip
        self.name = os.ttyname(shell_end)
        os.close(shell_end)
        self.open.add(self)
        self.bash: Bash | None = None
        try:
            self._wait(time.monotonic() + OPENING, OPENING)
        except (OutOfStep, Failure):
            self.close()
            raise
        self.taken()

    def fileno(self) -> int:
        """Let ``select`` wait for it."""
        return self.fd

    def run(self, lines: list[str], limit: float, *, stays: bool) -> Prompt | None:
        """Type a command, line by line, each when the shell waits for it.

        :param stays: the command may keep running: return at once, with no prompt
        """
        until = time.monotonic() + limit
        prompt = None
        for number, line in enumerate(lines, 1):
            last = number == len(lines)
            if stays and last:
                self.listening = listening()
                self._press(line.encode() + b"\n")
                return None
            self._press(line.encode() + b"\n")
            prompt = self._wait(until, limit)
            if last and prompt.status is None:
                raise OutOfStep("the shell is waiting for more lines: the command is incomplete")
            if not last and prompt.status is not None:
                raise OutOfStep(f"the shell took the command as complete after line {number} of {len(lines)}")
        return prompt

    def read(self, seconds: float) -> Prompt | None:
        """Read up to the next prompt, or until the time is over."""
        until = time.monotonic() + seconds
        while not (prompt := self._prompt()):
            if self.ended:
                raise OutOfStep("the shell of this terminal has ended")
            if self.output.total + len(self.unread) > FLOOD:
                raise OutOfStep(f"more than {FLOOD >> 20} MiB of output")
            now = time.monotonic()
            if now > until:
                return None
            self._more(min(until, now + 0.0001) if self.prompt.match(self.unread) else until)
        return prompt

    def _prompt(self) -> Prompt | None:
        """Take the prompt, if that is where the shell is and nothing more comes."""
        if not (found := self.prompt.match(self.unread)):
            return None
        self.bash = self.bash or Bash(self.shell.pid, self.name)  # it is no bash before its first prompt
        prompt = self.bash.waits()
        if not prompt:
            return None
        if select.select([self], [], [], 0)[0]:
            self._take()
            return None
        name = bytes(found[1]).strip(b"() ")  # "venv", in older Pythons "(venv) "
        del self.unread[: found.end()]
        before = b"(%b) " % name if name and prompt.status is not None else b""
        return prompt._replace(before=before.decode(errors="replace") if self.output.cut(before) else "")

    def interrupt(self, limit: float) -> Prompt:
        """Press Ctrl-C and read up to the prompt.

        A person waits until it looks idle: a process that is still starting may not be ready for the signal.
        """
        until = time.monotonic() + IDLE
        while True:
            if early := self.read(0.01):
                raise OutOfStep(f"the command ended before the ^C, with exit status {early.status}")
            if not busy(os.tcgetpgrp(self.fd)) or time.monotonic() > until:
                break
        self._press(b"\x03")
        return self._wait(time.monotonic() + limit, limit)

    def taken(self) -> bytes:
        """Take the output."""
        output, self.output = self.output, Output()
        return output.bytes()

    def close(self) -> None:
        """End what runs in the terminal, and the terminal."""
        with contextlib.suppress(OSError):
            if group := os.tcgetpgrp(self.fd):  # none when the shell is gone; to kill that would be to kill our own
                os.killpg(group, signal.SIGKILL)
        self.shell.kill()
        self.shell.wait()
        self.open.discard(self)
        if self.bash:
            self.bash.close()
        os.close(self.fd)

    def _more(self, until: float) -> bool:
        """Wait for output until the time is over; tell whether some came.

        What the other terminals write meanwhile is taken too: a server there must not wait until somebody looks.
        """
        while True:
            terminals = [each for each in self.open if len(each.unread) < FLOOD]
            ready = select.select(terminals, [], [], max(0, until - time.monotonic()))[0]
            for each in ready:
                each._take()
            if self in ready or not ready:
                return self in ready

    def _take(self) -> None:
        """Take what has come: all before the last marker, or before what could be the beginning of one, is output."""
        looked = max(0, len(self.unread) - MARKER)
        try:
            self.unread += os.read(self.fd, 1 << 16)
        except OSError:
            self.open.discard(self)
            self.ended = True
        whole = 0
        for found in self.prompt.finditer(self.unread, looked):
            whole = found.start()
        if not self.prompt.match(self.unread, whole):
            part = self.unread.rfind(b"\x1e", -MARKER)
            whole = len(self.unread) if part < 0 or self.ended else part
        self.output.add(self.unread[:whole])
        del self.unread[:whole]

    def _press(self, keys: bytes) -> None:
        if len(keys) > LINE:
            raise OutOfStep(f"a terminal can't take a line of more than {LINE} bytes")
        if self.bash and keys.endswith(b"\n"):
            self.bash.type(keys)
        try:
            os.write(self.fd, keys)
        except OSError:
            raise OutOfStep("the shell of this terminal has ended") from None

    def _wait(self, until: float, limit: float) -> Prompt:
        prompt = self.read(until - time.monotonic())
        if prompt is None:
            raise OutOfStep(f"no prompt after {limit:g} s")
        return prompt
