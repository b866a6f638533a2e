"""The agent: the one process in a machine that does what the suite asks.

It is sent over ``exec -i`` and run by the machine's own Python, as root, with nothing but the
standard library. A request is one line of JSON on standard input, its answer one on standard
output with the same ``id``; bytes travel as base64. When standard input ends, whoever asked is gone, and the
machine powers itself off.

A snippet without sudo cannot reach this process. One with sudo is root in the machine and could
write answers of its own: it can lie about itself, and about nothing else.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import http.client
import json
import os
import pty
import pwd
import re
import secrets
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path
from queue import SimpleQueue
from typing import Any

READER = "reader"
HOME = Path("/run/lab")  # gone with the next boot
HEAD, TAIL, FLOOD = 1 << 20, 1 << 16, 1 << 26  # bytes of output kept from each end, and too many
COLUMNS, ROWS = 100, 50


class Failure(Exception):
    """What was asked cannot be done; the message is the answer."""


# -- Terminals -----------------------------------------------------------------------------------


class Output:
    """What a command has written: its head and its tail, whatever lies between is only counted."""

    def __init__(self) -> None:
        self.head, self.tail, self.total = bytearray(), bytearray(), 0

    def add(self, data: bytes) -> None:
        """Take more output."""
        self.total += len(data)
        room = HEAD - len(self.head)
        self.head += data[:room]
        self.tail += data[room:] if room > 0 else data
        if len(self.tail) > 2 * TAIL:
            del self.tail[:-TAIL]

    def bytes(self) -> bytes:
        """Return what was kept."""
        dropped = self.total - len(self.head) - len(self.tail)
        note = b"\n[%d bytes not kept]\n" % dropped if dropped else b""
        return bytes(self.head) + note + bytes(self.tail)


class Terminal:
    """A real interactive bash on a pty, as the reader's user, in the reader's home.

    Its prompts are markers that carry the status of the last command: what stands before one is
    output, whoever wrote it.
    """

    PARTIAL = re.compile(rb"(\([^()\n]*(\) ?)?)?(\x1e[0-9a-f:>]{0,24})?\Z")

    def __init__(self) -> None:
        nonce = secrets.token_hex(8)
        self.prompt = re.compile(rb"(\([^()\n]+\) )?\x1e" + nonce.encode() + rb":(\d+|>)\x1e")
        self.unread = b""
        rc = HOME / f"bashrc-{nonce}"
        rc.write_text(
            f"PS1=$'\\x1e{nonce}:$?\\x1e' PS2=$'\\x1e{nonce}:>\\x1e'\n"
            "set -o pipefail\nunset HISTFILE\nstty -echo -onlcr\n"
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
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
                _become(user)
                os.chdir(user.pw_dir)
                arguments = ["bash", "--noprofile", "--noediting", "--rcfile", str(rc), "-i"]
                os.execve("/bin/bash", arguments, environment)
            finally:
                os._exit(127)
        if self.read(Output(), 10) is None:
            raise Failure("the terminal gave no prompt")

    def read(self, output: Output, seconds: float) -> tuple[str, str] | None:
        """Read up to the next prompt.

        :return: the prompt before the marker (``(venv) ``) and the status, ``>`` if the shell waits
            for more lines; ``None`` when the time is over first
        :raises Failure: the shell is gone, or the output has no end
        """
        until = time.monotonic() + seconds
        while True:
            if found := self.prompt.search(self.unread):
                output.add(self.unread[: found.start()])
                self.unread = self.unread[found.end() :]
                return (found[1] or b"").decode(), found[2].decode()
            # A marker may have come in part: what could be the beginning of one is not output yet.
            marker = self.PARTIAL.search(self.unread, max(0, len(self.unread) - 300))
            assert marker is not None
            output.add(self.unread[: marker.start()])
            self.unread = self.unread[marker.start() :]
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                return None
            try:
                self.unread += os.read(self.fd, 1 << 16)
            except OSError:
                raise Failure("the shell of this terminal has ended") from None
            if output.total > FLOOD:
                self.close()
                raise Failure(f"more than {FLOOD >> 20} MiB of output")

    def type(self, text: str) -> None:
        """Type a line and press Enter."""
        os.write(self.fd, text.encode() + b"\n")

    def foreground(self) -> int:
        """Return the process group that has the terminal."""
        return os.tcgetpgrp(self.fd)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self.fd, b"\x03")

    def close(self) -> None:
        """End what runs in the terminal, and the terminal."""
        with contextlib.suppress(OSError):
            os.killpg(self.foreground(), signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        with contextlib.suppress(OSError):
            os.close(self.fd)


def _become(user: pwd.struct_passwd) -> None:
    os.initgroups(user.pw_name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.umask(0o022)


# -- Files ---------------------------------------------------------------------------------------


class Files:
    """The files that the page has written, and which of them something has read since."""

    def __init__(self) -> None:
        self.unread: dict[str, int] = {}

    def write(self, path: str, text: bytes) -> None:
        """Write a file as an editor would: the reader's where the reader may, otherwise root's.

        :raises Failure: the directory does not exist, or is none
        """
        child = os.fork()
        if child == 0:
            try:
                _become(pwd.getpwnam(READER))
                Path(path).write_bytes(text)
            except OSError:
                os._exit(1)
            os._exit(0)
        if os.waitpid(child, 0)[1] != 0:
            try:
                Path(path).write_bytes(text)
            except OSError as error:
                raise Failure(f"{path}: {error.strerror}") from None
        # With the access time this far back, the next read sets it, also under `relatime`.
        status = Path(path).stat()
        os.utime(path, ns=(0, status.st_mtime_ns))
        self.unread[path] = 0

    def read_since(self) -> list[str]:
        """Return the written files that were read since the last call of this."""
        read = []
        for path, before in list(self.unread.items()):
            try:
                now = Path(path).stat().st_atime_ns
            except OSError:
                continue
            if now != before:
                read.append(path)
                del self.unread[path]
        return read


# -- Apache --------------------------------------------------------------------------------------

SERIOUS = re.compile(r"^\[[^]]*\] \[\w*:(?:error|crit|alert|emerg)\]")
STARTED = "resuming normal operations"


class Logs:
    """What Apache has written to its error logs since the last look."""

    def __init__(self) -> None:
        self.sizes: dict[Path, int] = {}

    def new(self) -> tuple[list[str], bool]:
        """Return the new lines of level error and above, and whether Apache has (re)started."""
        lines: list[str] = []
        for log in self._logs():
            with contextlib.suppress(OSError), log.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                before = self.sizes.get(log, 0)
                file.seek(before if before <= size else 0)
                data = file.read(1 << 20)
                self.sizes[log] = file.tell()
                lines += data.decode(errors="replace").splitlines()
        return [line for line in lines if SERIOUS.match(line)], any(STARTED in line for line in lines)

    def _logs(self) -> set[Path]:
        """Name the usual logs, and whatever the running Apache has open for writing at its end."""
        logs = set(Path("/var/log/apache2").glob("**/*.log"))
        with contextlib.suppress(OSError, ValueError):
            main = int(Path("/run/apache2/apache2.pid").read_text())
            for fd in Path(f"/proc/{main}/fd").iterdir():
                target = fd.readlink()
                if target.suffix == ".log" or "log" in target.parts:
                    logs.add(target)
        return logs


class Apache:
    """Config tests with the machine's own httpd, against Debian's configuration without its sites."""

    ROOT = Path("/etc/apache2")
    CHECK = HOME / "check"

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run httpd in the environment that Debian's ``apachectl`` gives it."""
        if not (self.ROOT / "envvars").exists():
            raise Failure("Apache is not installed on this page's machine")
        if not self.environment:
            read = subprocess.run(
                ["/bin/sh", "-c", ". /etc/apache2/envvars; env -0"], capture_output=True, text=True, check=True
            )
            self.environment = dict(line.split("=", 1) for line in read.stdout.split("\0") if line)
        return subprocess.run(
            ["/usr/sbin/apache2", *arguments], capture_output=True, text=True, env=self.environment, check=False
        )

    def loaded(self) -> list[str]:
        """Return the files that httpd would load now, links followed; none if it would not start."""
        said = self.run("-t", "-D", "DUMP_INCLUDES")
        if said.returncode:
            return []
        return [os.path.realpath(line.split(") ", 1)[1]) for line in said.stdout.splitlines() if ") " in line]

    def check(self, text: str, context: str, name: str, line: int) -> dict[str, Any]:
        """Config-test a fragment in a context.

        :param name: what httpd calls the file in its messages, with ``line`` as the fragment's first
        :return: whether httpd takes it, its ``message``, and the ``line`` it names, if it names one
        """
        fragment = self.CHECK / name
        fragment.parent.mkdir(parents=True, exist_ok=True)
        if context == "htaccess":
            return self._check_htaccess(text, line)
        fragment.write_text("\n" * (line - 1) + text + "\n")
        around = {
            "server": "{}",
            "vhost": "<VirtualHost *:80>\n{}\n</VirtualHost>",
            "directory": "<Directory /var/www>\n{}\n</Directory>",
        }[context]
        said = self._test(around.format(f'Include "{fragment}"'))
        message = said.stderr.replace(f"{self.CHECK}/", "").strip()
        named = re.search(rf"[Ll]ine (\d+) of {re.escape(name)}", message)
        return {"ok": said.returncode == 0, "message": message, "line": int(named[1]) if named else None}

    def _test(self, end: str, *, without: str = "sites-enabled") -> subprocess.CompletedProcess[str]:
        return self.run("-t", "-f", str(self._configuration(end, without)))

    def _configuration(self, end: str, without: str) -> Path:
        """Write Debian's main file without what a fragment must not meet, and with an end of its own."""
        main = (self.ROOT / "apache2.conf").read_text()
        kept = re.sub(rf"(?m)^\s*Include(Optional)?\s+({without}).*$", "", main)
        path = self.CHECK / "apache2.conf"
        path.write_text(f"{kept}\n{end}\n")
        return path

    def _check_htaccess(self, text: str, line: int) -> dict[str, Any]:
        """Ask a private Apache for a file beside the fragment.

        Only a request makes httpd read an ``.htaccess``, and its message names no line: the line
        is the end of the shortest beginning that gives the same message.
        """
        site = self.CHECK / "htaccess"
        site.mkdir(exist_ok=True)
        for folder in (HOME, self.CHECK, site):
            folder.chmod(0o755)
        (site / "index.html").write_text("")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = self.CHECK / "htaccess.log"
        end = (
            f"Listen 127.0.0.1:{port}\nPidFile {self.CHECK}/htaccess.pid\nErrorLog {log}\n"
            f"DocumentRoot {site}\n<Directory {site}>\nAllowOverride All\nRequire all granted\n</Directory>\n"
        )
        configuration = self._configuration(end, "sites-enabled|ports.conf")
        self.run("-t", "-f", str(configuration))
        server = subprocess.Popen(
            ["/usr/sbin/apache2", "-X", "-f", str(configuration)],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

        def ask(lines: list[str]) -> str:
            """Return what httpd says of these lines; nothing if it takes them."""
            (site / ".htaccess").write_text("\n".join(lines) + "\n")
            log.write_text("")
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/index.html")
            connection.getresponse().read()
            connection.close()
            said = re.search(r"\.htaccess: (.*)", log.read_text())
            return said[1] if said else ""

        try:
            _until(lambda: str(port) in " ".join(_listening(named=True)), 5, "the private Apache does not listen")
            lines = text.split("\n")
            message = ask(lines)
            named = None
            if message:
                named = next(n for n in range(1, len(lines) + 1) if ask(lines[:n]) == message)
            return {"ok": not message, "message": message, "line": line + named - 1 if named else None}
        finally:
            server.terminate()
            server.wait()


def _until(condition: Any, seconds: float, otherwise: str) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise Failure(otherwise)
        time.sleep(0.005)


def _listening(*, named: bool = False) -> set[str]:
    """Return the sockets that listen: their inodes, or their ports."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for row in Path(table).read_text().splitlines()[1:]:
                column = row.split()
                if column[3] == "0A":
                    found.add(str(int(column[1].rsplit(":", 1)[1], 16)) if named else column[9])
    return found


# -- Requests ------------------------------------------------------------------------------------


class Agent:
    """What can be asked: each public method is a request, its parameters the request's."""

    def __init__(self) -> None:
        self.terminals: dict[int, Terminal] = {}
        self.files, self.logs, self.apache = Files(), Logs(), Apache()

    def hello(self) -> dict[str, Any]:
        """Wait until the machine has booted; return the versions of what its pages run on."""
        shutil.rmtree(HOME, ignore_errors=True)
        HOME.mkdir(mode=0o755)
        Path("/run/lab-agent").touch()
        state = ""

        def booted() -> bool:
            nonlocal state
            said = subprocess.run(
                ["systemctl", "is-system-running", "--wait"], capture_output=True, text=True, check=False
            )
            state = said.stdout.strip()
            return state in ("running", "degraded")

        _until(booted, 30, "the machine does not boot")
        if state == "degraded":
            failed = subprocess.run(
                ["systemctl", "--failed", "--plain", "--no-legend"], capture_output=True, text=True, check=False
            )
            raise Failure(f"the machine boots with failed services: {failed.stdout.strip()}")
        self.logs.new()
        offered = Path("/usr/local/share/lab/apt/Packages").read_text()
        return {
            "debian": re.sub(r"\..*", "", Path("/etc/debian_version").read_text().strip()),
            "apache": _version("apache2", offered),
            "mod_wsgi": _version("libapache2-mod-wsgi-py3", offered),
            "python": sys.version.split()[0],
        }

    def type(self, terminal: int, lines: list[str], limit: float, stays: bool) -> dict[str, Any]:
        """Type a command, line by line, and read what comes.

        :param stays: the command may keep running; return at once, with no status
        """
        shell = self._terminal(terminal)
        before = sorted(_listening())
        started = time.monotonic()
        output = Output()
        until = started + limit
        for n, line in enumerate(lines):
            shell.type(line)
            if stays and n == len(lines) - 1:
                return {"listening": before}  # what happens from here on is told to whoever reads
            prompt = shell.read(output, until - time.monotonic())
            if prompt is None:
                return self._too_long(terminal, output, started)
            if (prompt[1] == ">") != (n < len(lines) - 1):
                self._drop(terminal)
                raise Failure(
                    "the shell waits for more lines: the command is incomplete"
                    if prompt[1] == ">"
                    else f"the shell took the command as complete after line {n + 1} of {len(lines)}"
                )
        assert prompt is not None
        return self._answer(output, started, prompt=prompt[0], status=int(prompt[1]))

    def read(self, terminal: int, limit: float, listening: list[str]) -> dict[str, Any]:
        """Return what a running command has written since, and whether it ended or opened a port."""
        shell = self._terminal(terminal)
        started, output = time.monotonic(), Output()
        prompt = shell.read(output, limit)
        ended = {} if prompt is None else {"prompt": prompt[0], "status": int(prompt[1])}
        return self._answer(output, started, opened=bool(_listening() - set(listening)), **ended)

    def interrupt(self, terminal: int, limit: float) -> dict[str, Any]:
        """Press Ctrl-C and read up to the prompt."""
        shell = self._terminal(terminal)
        started, output = time.monotonic(), Output()
        shell.interrupt()
        prompt = shell.read(output, limit)
        if prompt is None:
            return self._too_long(terminal, output, started)
        return self._answer(output, started, prompt=prompt[0], status=int(prompt[1]))

    def write(self, path: str, text: str) -> dict[str, Any]:
        """Write a file; ``text`` is base64."""
        self.files.write(path, base64.b64decode(text))
        return {"logs": self.logs.new()[0]}

    def compile(self, text: str, path: str) -> dict[str, Any]:
        """Compile Python source as the machine's Python sees it."""
        try:
            compile(text, path, "exec", dont_inherit=True)
        except SyntaxError as error:
            return {"ok": False, "message": f"SyntaxError: {error.msg}", "line": error.lineno}
        return {"ok": True, "message": "", "line": None}

    def check(self, text: str, context: str, name: str, line: int) -> dict[str, Any]:
        """Config-test a fragment."""
        return self.apache.check(text, context, name, line)

    def loaded(self) -> dict[str, Any]:
        """Return the configuration files Apache would load."""
        return {"files": self.apache.loaded()}

    def news(self) -> dict[str, Any]:
        """Return what has happened since the last request, as every command's answer does."""
        return self._answer(Output(), time.monotonic())

    def _terminal(self, number: int) -> Terminal:
        if number not in self.terminals:
            self.terminals[number] = Terminal()
        return self.terminals[number]

    def _drop(self, number: int) -> None:
        """Throw a terminal away: after a forced end it may be out of step."""
        self.terminals.pop(number).close()

    def _too_long(self, number: int, output: Output, started: float) -> dict[str, Any]:
        shell = self.terminals[number]
        for press in (b"\x03", b"\x1c"):  # Ctrl-C, Ctrl-\
            os.write(shell.fd, press)
            if shell.read(output, 0.5) is not None:
                break
        output.add(shell.unread)
        self._drop(number)
        return self._answer(output, started, timeout=True)

    def _answer(self, output: Output, started: float, **more: Any) -> dict[str, Any]:
        errors, restarted = self.logs.new()
        return {
            "output": base64.b64encode(output.bytes()).decode(),
            "seconds": time.monotonic() - started,
            "logs": errors,
            "restarted": restarted,
            "read": self.files.read_since(),
            **more,
        }


def _version(package: str, offered: str) -> str:
    """Return the upstream version of a package in a ``Packages`` file."""
    found = re.search(rf"^Package: {re.escape(package)}\n(?:.+\n)*?Version: ([\d.]+)", offered, re.MULTILINE)
    return found[1] if found else "unknown"


def main() -> None:
    """Answer requests until nobody asks any more."""
    requests: SimpleQueue[str] = SimpleQueue()

    def listen() -> None:
        for line in sys.stdin.buffer:
            requests.put(line.decode())
        os.kill(1, signal.SIGRTMIN + 14)  # systemd: power off at once

    threading.Thread(target=listen, daemon=True).start()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing else writes where answers go
    agent = Agent()
    while True:
        request = json.loads(requests.get())
        name, number = request.pop("do"), request.pop("id")
        try:
            answer = getattr(agent, name)(**request)
        except Failure as failure:
            answer = {"failure": str(failure)}
        print(json.dumps({"id": number, **answer}), file=answers, flush=True)


if __name__ == "__main__":
    main()
