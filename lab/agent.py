"""The agent: the one process in a machine that does what the suite asks.

It is sent over ``exec -i`` and run by the machine's own Python, as root, with nothing but the
standard library. A request is one line of JSON on standard input, its answer one on standard
output with the same ``id``. When standard input ends, whoever asked is gone, and the machine
powers itself off.

A snippet without sudo cannot reach this process, nor write a verdict of its own: see ``Bash``. One
with sudo is root in the machine, and the agent sees what that root lets it see: the machine can lie
about itself, and about nothing else.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import errno
import fcntl
import json
import os
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
import tempfile
import termios
import threading
import time
import tomllib
import traceback
from collections.abc import Callable, Container, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from stat import S_ISLNK
from typing import Any, ClassVar, NamedTuple

READER = "reader"
HOME = Path("/run/lab")  # gone with the next boot
HEAD, TAIL, FLOOD = 1 << 20, 1 << 16, 1 << 26  # bytes of output kept from each end, and too many
COLUMNS, ROWS = 100, 50
LINE = 4095  # bytes of a line that a terminal passes on; it drops the rest
PROMPT = rb"\x1e%b:([^\x1e]*)\x1e"  # a marker, with the terminal's own word
MARKER = 4096  # bytes that no marker reaches
LIBC = ctypes.CDLL(None)
PR_SET_DUMPABLE = 4
AT_ENTRY, DYNSYM = 9, 11  # where a program begins, by getauxval(3); the section of its symbols, by elf(5)

#: How much longer all limits are, on a processor that is emulated: ``make test-hosts`` alone sets it.
SLOW = float(os.environ.get("LAB_PATIENCE", "1"))

# Seconds that something is waited for at most, beside a command's own limit.
BOOT = 30 * SLOW
OPENING = 10 * SLOW  # a terminal
IDLE = 1 * SLOW  # what is to be interrupted
RELOAD = 10 * SLOW  # until Apache's log tells of its end: 3 where a daemon process does not end by itself
OLD, NEW = 5 * SLOW, 3 * SLOW  # Apache's processes, to go and to come
NGINX = 5 * SLOW
#: Seconds that an answer may take beyond what was asked for; who asks waits for longer.
PATIENCE = OPENING + IDLE + RELOAD + OLD + NEW + NGINX


class Failure(Exception):
    """What was asked cannot be done; the message is the answer."""


class OutOfStep(Exception):
    """A terminal is of no more use; the message says why."""


# -- Terminals -----------------------------------------------------------------------------------


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


class Prompt(NamedTuple):
    """A shell that waits: for a command, or, with no ``status``, for more lines of one."""

    before: str  # what a virtual environment puts before the prompt
    status: int | None


class Bash:
    """What an interactive bash is at, as the kernel and its own memory have it.

    A command can write what looks like a prompt, change the real one, read what is typed in the shell's place, or play
    a shell in the shell. These variables it cannot change: no word of bash's language names them, and their memory is
    gone when the process becomes another program. Only what writes there, as a debugger does, can.

    :raises Failure: nobody may look, or there is nothing to see
    """

    VARIABLES = (
        "executing", "parse_and_execute_level",  # both 0 where it reads commands, but for a trap or a PROMPT_COMMAND
        "current_command_line_count",  # lines of a command that is not complete
        "line_number", "current_command_number",
        "last_command_exit_value",
    )  # fmt: skip

    def __init__(self, process: int, terminal: str) -> None:
        self.folder, self.terminal = Path(f"/proc/{process}"), terminal
        self.typed, self.counted, self.counted_before = b"", list[int](), list[int]()
        try:
            with _as_owner(self.folder.stat()):
                program = (self.folder / "exe").readlink()
                auxiliary = dict(struct.iter_unpack("NN", (self.folder / "auxv").read_bytes()))
                self.memory = (self.folder / "mem").open("rb", buffering=0)
                self._asleep()
            self.places = [auxiliary[AT_ENTRY] + place for place in _places(program, self.VARIABLES)]
        except (OSError, LookupError, StopIteration, struct.error) as error:
            raise Failure(f"the agent cannot look into the reader's shell: {error!r}") from None

    def type(self, line: bytes) -> None:
        """Take note of what is typed to it now."""
        self.typed, self.counted_before = line, self.counted

    def waits(self) -> Prompt | None:
        """Return the prompt at which it waits, with what was typed read and done; nothing if it is not there.

        :raises OutOfStep: it has ended, or has become another program, or uses another terminal
        """
        try:
            if not self._at():
                return None
            with _as_owner(self.folder.stat()):
                asleep = self._asleep()
                at = self._at()
                _, file, buffer, size, *_ = (int(word, 0) for word in asleep[0].split())
                if not at or file or not size:
                    return None
                start = max(0, len(self.typed) - 1) // size * size  # it reads a long line in parts
                read = self._read(buffer, len(self.typed) - start)
                files = {str((self.folder / "fd" / each).readlink()) for each in "012"}
                if read != self.typed[start:] or self._asleep() != asleep:
                    return None
        except (FileNotFoundError, ProcessLookupError):
            raise OutOfStep("the shell of this terminal has ended") from None
        except (OSError, ValueError):  # it runs, or sleeps elsewhere
            return None
        if files != {self.terminal}:
            raise OutOfStep(f"the shell uses not only its terminal, but {', '.join(sorted(files - {self.terminal}))}")
        self.counted, status = at
        return Prompt("", None if self.counted[0] else status)

    def close(self) -> None:
        """Look no more."""
        self.memory.close()

    def _at(self) -> tuple[list[int], int] | None:
        """Return what it has counted, and the last status, where it may be waiting, with what was typed read."""
        executing, nested, *counted, status = (int.from_bytes(self._read(at, 4), "little") for at in self.places)
        return None if executing or nested or counted == self.counted_before else (counted, status)

    def _asleep(self) -> tuple[str, str]:
        """Return in which call it sleeps, and how often it has gone to sleep: as long as both stay it does nothing."""
        slept = re.search(r"\nvoluntary_ctxt_switches:\s*(\d+)", (self.folder / "status").read_text())
        return (self.folder / "syscall").read_text(), slept[1] if slept else ""

    def _read(self, at: int, size: int) -> bytes:
        """Read its memory.

        :raises OutOfStep: it has none any more
        """
        data = os.pread(self.memory.fileno(), size, at)
        if size and not data:
            raise OutOfStep("the shell of this terminal has ended")
        return data


def _places(program: Path, variables: Sequence[str]) -> list[int]:
    """Return how far from where it begins an ELF program has these variables.

    :raises StopIteration, KeyError: it does not name them
    """
    data = program.read_bytes()
    entry, _, sections, _, count = struct.unpack_from("QQQ12sH", data, 24)
    headers = [struct.unpack_from("IIQQQQIIQQ", data, sections + 64 * number) for number in range(count)]
    symbols = next(header for header in headers if header[1] == DYNSYM)
    names, found = headers[symbols[6]][4], {}
    wanted = tuple(f"{variable}\0".encode() for variable in variables)
    for name, _, _, _, place, _ in struct.iter_unpack("IBBHQQ", data[symbols[4] : symbols[4] + symbols[5]]):
        if data.startswith(wanted, names + name):
            found[data[names + name : data.index(b"\0", names + name)].decode()] = place - entry
    return [found[variable] for variable in variables]


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
            env=environment, cwd=user.pw_dir, **_as_reader(),
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
                self.listening = _listening()
                self._press(line.encode() + b"\n")
                return None
            self._press(line.encode() + b"\n")
            prompt = self._wait(until, limit)
            if last and prompt.status is None:
                raise OutOfStep("the shell waits for more lines: the command is incomplete")
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
            if not _busy(os.tcgetpgrp(self.fd)) or time.monotonic() > until:
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
            raise OutOfStep(f"a terminal takes no line of more than {LINE} bytes")
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


def _as_reader() -> dict[str, Any]:
    """Return the arguments that have ``subprocess`` run something as the reader's user."""
    user = pwd.getpwnam(READER)
    groups = os.getgrouplist(READER, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": groups, "umask": 0o022}


@contextlib.contextmanager
def _as_owner(owner: os.stat_result) -> Iterator[None]:
    """Look at a process as its own user: this machine's root may not look into those of another."""
    user, group = os.geteuid(), os.getegid()
    # Python's own `seteuid` interrupts all threads, each time.
    try:
        LIBC.setfsgid(owner.st_gid)
        LIBC.setfsuid(owner.st_uid)
        yield
    finally:
        LIBC.setfsuid(user)
        LIBC.setfsgid(group)


def _busy(group: int) -> bool:
    """Tell whether a process of that group runs, or would if there were a free core."""
    for process in _processes():
        with contextlib.suppress(OSError):
            state, _, its_group, *_ = _stat(process.name)
            if state in "RD" and its_group == str(group):
                return True
    return False


def _processes() -> list[Path]:
    """Return the folders of all processes; one may be gone when it is looked into."""
    return [folder for folder in Path("/proc").iterdir() if folder.name.isdigit()]


def _wait_while(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until a condition is over, or the time."""
    until = time.monotonic() + seconds
    while condition() and time.monotonic() < until:
        time.sleep(0.002)


def _listening() -> set[str]:
    """Return the sockets that listen, by their inodes."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            rows = [row.split() for row in Path(table).read_text().splitlines()[1:]]
            found |= {row[9] for row in rows if row[3] == "0A"}
    return found


# -- Files ---------------------------------------------------------------------------------------


class Files:
    """The files that the page has written, and which of them something has read since."""

    def __init__(self) -> None:
        self.unread: set[str] = set()

    def write(self, path: str, text: str) -> None:
        """Write a file as an editor would: the reader's where the reader may, otherwise root's.

        :raises Failure: the directory does not exist, or is none
        """
        data = text.encode()
        none = subprocess.DEVNULL
        done = subprocess.run(["tee", path], input=data, stdout=none, stderr=none, cwd="/", **_as_reader())
        if done.returncode:
            try:
                with open(_open_as_root(path), "wb") as file:
                    file.write(data)
            except OSError as error:
                raise Failure(f"{path}: {error.strerror}") from None
        _set_back(path)
        self.unread.add(os.path.realpath(path))

    def check(self) -> None:
        """See that the machine's disk tells of reads at all.

        :raises Failure: it does not
        """
        with tempfile.NamedTemporaryFile(dir="/var/tmp") as probe:
            _set_back(probe.name)
            Path(probe.name).read_bytes()
            if not Path(probe.name).stat().st_atime_ns:
                raise Failure("this engine's storage keeps no access times, which tell what was read: use overlay")

    def read_since(self) -> list[str]:
        """Return the written files that were read since the last call of this."""
        read = []
        for path in sorted(self.unread):
            with contextlib.suppress(OSError):
                if Path(path).stat().st_atime_ns:
                    read.append(path)
        self.unread.difference_update(read)
        return read


def _set_back(path: str) -> None:
    """Set a file's access time so far back that the next read sets it anew, also under ``relatime``."""
    os.utime(path, ns=(0, Path(path).stat().st_mtime_ns))


def _open_as_root(path: str) -> int:
    """Open a file to write it as root, who follows no link but root's own: any other leads where its owner likes.

    Step by step, so that nobody can put a link where there was none before.

    :raises OSError: it cannot be written
    """
    with contextlib.ExitStack() as opened:

        def enter(name: str, **options: int) -> int:
            opened.callback(os.close, fd := os.open(name, os.O_PATH | os.O_NOFOLLOW, **options))
            return fd

        folder, rest = enter("/"), path.split("/")[::-1]
        for _ in range(100):  # links may go round
            name = rest.pop() or "."
            if not rest:
                try:
                    return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666, dir_fd=folder)
                except OSError as error:
                    if error.errno != errno.ELOOP:  # it is no link
                        raise
            there = enter(name, dir_fd=folder)
            if not S_ISLNK(os.fstat(there).st_mode):
                folder = there
                continue
            if os.fstat(there).st_uid:
                raise OSError(errno.ELOOP, "root follows no link of somebody else's")
            target = os.readlink("", dir_fd=there)
            folder = enter("/") if target.startswith("/") else folder
            rest += target.split("/")[::-1]
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _fault(language: str, text: str) -> tuple[str, int | None] | None:
    """Return what a language's own checker has against a text, and the line it names; ``None`` if nothing."""
    try:
        CHECKERS[language](text)
    except SyntaxError as error:
        return f"{type(error).__name__}: {error.msg}", error.lineno
    except ValueError as error:
        named = re.search(r"line (\d+)", str(error))
        return str(error), int(named[1]) if named else None
    return None


def _python(text: str) -> None:
    compile(text, "page", "exec", dont_inherit=True)


def _bash(text: str) -> None:
    said = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    if said.returncode:
        raise ValueError(said.stderr.strip())


CHECKERS: dict[str, Callable[[str], object]] = {
    "python": _python,
    "json": json.loads,
    "toml": tomllib.loads,
    "bash": _bash,
    "sh": _bash,
}


# -- Apache --------------------------------------------------------------------------------------

SERIOUS = re.compile(r"\[[^]]*\] \[\w*:(?:error|crit|alert|emerg)\]")
RELOADING = re.compile(r"SIGUSR1 received|SIGHUP received|Graceful restart requested")
STARTED = "AH00094: Command line"  # the last line, after "resuming normal operations"
APACHE, NGINX_MASTER = Path("/run/apache2/apache2.pid"), Path("/run/nginx.pid")
TOLD = 1 << signal.SIGHUP - 1 | 1 << signal.SIGUSR1 - 1  # signals by which a server is told to reload


class Logs:
    """What Apache has written to its error logs since the last look."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}  # by log: bytes

    def new(self, asked: Callable[[], bool] = lambda: False) -> tuple[list[str], bool, float]:
        """Return the new lines of level error and above, whether Apache has (re)started, and when it reloaded.

        :param asked: tells whether Apache has been told to reload or start, and may not have said so yet
        :return: the time in seconds since the epoch, 0 if it has not reloaded
        """
        lines: list[str] = []
        until = time.monotonic() + RELOAD
        while True:
            comes = asked()  # before the look, or what it says in between is missed
            lines += self._lines()
            if not _reloading(lines, comes) or time.monotonic() > until:
                break
            time.sleep(0.002)
        errors = [line for line in lines if SERIOUS.match(line)]
        reloads = [when(line) for line in lines if RELOADING.search(line)]
        return errors[:100], any(STARTED in line for line in lines), max(reloads, default=0)

    def _lines(self) -> list[str]:
        lines: list[str] = []
        for log, others in self._logs().items():
            with contextlib.suppress(OSError):
                size, seen = Path(log).stat().st_size, self.seen.get(log, 0)
                if size == seen:
                    continue
                with Path(log).open("rb") as file:
                    file.seek(seen if seen < size else 0)  # smaller than it was: begun anew
                    start = file.tell()
                    data = file.read(1 << 24)
                whole = data.rfind(b"\n") + 1  # the rest of a line comes later
                self.seen[log] = start + whole
                new = data[:whole].decode(errors="replace").splitlines()
                lines += [line for line in new if SERIOUS.match(line)] if others else new
        return lines

    def _logs(self) -> dict[str, bool]:
        """Name the usual logs, and what looks like one among the open files of any running Apache.

        :return: by log, whether an Apache of another user's writes it: of its errors we tell, not of its reloads
        """
        logs = {str(log): False for log in Path("/var/log/apache2").glob("**/*.log")}
        for process in _processes():
            with contextlib.suppress(OSError):
                if (process / "comm").read_text() in ("apache2\n", "httpd\n"):
                    owner = process.stat()
                    files = [file for file in _open_files(process, owner) if file.startswith("/") and "log" in file]
                    logs = dict.fromkeys(files, owner.st_uid != 0) | logs
        return logs


def _open_files(process: Path, owner: os.stat_result) -> list[str]:
    """Name the open files of a process.

    :raises OSError: it is gone, or nobody may
    """
    with _as_owner(owner):
        return [str(fd.readlink()) for fd in (process / "fd").iterdir()]


def when(line: str) -> float:
    """Return a log line's time in seconds since the epoch; 0 if it has none."""
    with contextlib.suppress(ValueError):
        day, _, rest = line[1:].partition(".")
        fraction, _, year = rest[: rest.index("]")].partition(" ")
        return time.mktime(time.strptime(f"{day} {year}", "%a %b %d %H:%M:%S %Y")) + float(f"0.{fraction}")
    return 0


def _reloading(lines: list[str], asked: bool) -> bool:
    """Tell whether the last that Apache says of itself is that it reloads; or that it says nothing, but was asked."""
    about = [line for line in lines if STARTED in line or RELOADING.search(line)]
    return STARTED not in about[-1] if about else asked


def _main(file: Path) -> str:
    """Return the main process of a server that runs, by its PID file; nothing if none does."""
    with contextlib.suppress(OSError):
        main = file.read_text().strip()
        if main.isdigit() and Path(f"/proc/{main}").exists():
            return main
    return ""


def _main_processes() -> set[str]:
    """Return the main processes of root's Apaches: one that starts has no PID file yet, but is init's already."""
    mains = {_main(APACHE)} - {""}
    with contextlib.suppress(OSError):
        for process in Path("/proc/1/task/1/children").read_text().split():
            with contextlib.suppress(OSError):
                comm = Path(f"/proc/{process}/comm")
                if comm.read_text() == "apache2\n" and comm.stat().st_uid == 0:
                    mains.add(process)
    return mains


def _obeying(main: str) -> bool:
    """Tell whether a server's main process has yet to do what a signal has told it.

    It sleeps unless there is something to do, and a signal wakes it in the moment in which it is sent.
    """
    with contextlib.suppress(OSError):
        said = dict(re.findall(r"^(State|ShdPnd):\s*(\w+)", Path(f"/proc/{main}/status").read_text(), re.MULTILINE))
        return said["State"] in "RD" or bool(int(said["ShdPnd"], 16) & TOLD)
    return False


def _apache_processes() -> dict[str, int]:
    """Return the processes that answer requests, and how many threads each has."""
    threads = {}
    for process in _children():
        with contextlib.suppress(OSError):
            stat = _stat(process)
            if stat[0] != "Z":  # it has ended, and Apache looks for such once a second
                threads[process] = int(stat[17])
    return threads


def _children(server: Path = APACHE) -> list[str]:
    """Return the processes that a server's main one has started, but for those that others of its processes have."""
    with contextlib.suppress(OSError):
        main = server.read_text().strip()
        return Path(f"/proc/{main}/task/{main}/children").read_text().split()
    return []


def _stat(process: str) -> list[str]:
    """Return the fields of a process's ``stat`` from the third on, its state: see proc(5).

    :raises OSError: it is gone
    """
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


class Watch:
    """Looks again and again at which processes answer requests, as long as it is used in a ``with`` statement.

    Apache often starts one in the very moment in which it is told to reload, and the next ones a few milliseconds
    later. Of the time at which a process was started the kernel tells hundredths of a second.
    """

    def __init__(self) -> None:
        #: Each with the time in seconds since the epoch at which it was seen last.
        self.looks: list[tuple[float, set[str]]] = []
        self._over = threading.Event()

    def __enter__(self) -> Watch:
        if _main(APACHE):  # or there is nothing that could reload
            threading.Thread(target=self._look, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _look(self) -> None:
        while not self._over.wait(0.002):
            now = time.time(), set(_children())
            same = self.looks and self.looks[-1][1] == now[1]
            self.looks[-1 if same else len(self.looks) :] = [now]

    def before(self, moment: float) -> set[str]:
        """Return the processes that may have been started before a time in seconds since the epoch."""
        boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        found = set()
        for process in _apache_processes():
            with contextlib.suppress(OSError):
                started = boot + int(_stat(process)[19]) / os.sysconf("SC_CLK_TCK")
                if started < moment and all(process in there for looked, there in self.looks if looked > moment):
                    found.add(process)
        return found


def _any_left(before: dict[str, int]) -> bool:
    """Tell whether one of these processes may still take requests: it has not begun to end its threads.

    One thread less proves nothing: the one that starts all others ends as soon as it has done so. And a process
    with a single thread may have been about to start others.
    """
    now = _apache_processes()
    return any(now.get(process, 0) >= max(threads - 1, 1) for process, threads in before.items())


def _starting(before: Container[str]) -> bool:
    """Tell whether Apache runs and has no process yet but those of before, or one that has yet to start Python.

    Python comes before the second thread. A process that sleeps with one has given up, or has no Python: mod_cgid's.
    """
    new = {process: threads for process, threads in _apache_processes().items() if process not in before}
    for process, threads in new.items():
        with contextlib.suppress(OSError):
            if threads == 1 and _stat(process)[0] != "S":
                return True
    return not new and Path("/run/apache2/apache2.pid").exists()


def _nginx() -> dict[str, bool]:
    """Return the processes that nginx's main one has started, and whether each takes requests, by its title.

    A new one has its father's title until it is ready; one that is to end changes its own first.
    """
    processes = {}
    for process in _children(NGINX_MASTER):
        with contextlib.suppress(OSError):
            title = Path(f"/proc/{process}/cmdline").read_text().strip("\0")
            processes[process] = title == "nginx: worker process"
    return processes


def _nginx_reloading(before: Container[str]) -> bool:
    """Tell whether nginx has been told to reload, or has new processes while one of before still takes requests."""
    if _obeying(_main(NGINX_MASTER)):
        return True
    now = _nginx()
    return any(process not in before for process in now) and any(now[process] for process in now if process in before)


AROUND = {
    "server": "{}",
    "vhost": "<VirtualHost *:80>\n{}\n</VirtualHost>",
    "directory": "<Directory /var/www>\n{}\n</Directory>",
}


class Apache:
    """Config tests with the machine's own httpd, against Debian's configuration without its sites."""

    ROOT = Path("/etc/apache2")
    CHECK = HOME / "check"

    def __init__(self) -> None:
        self._environment: tuple[int, dict[str, str]] = (0, {})

    def environment(self) -> dict[str, str]:
        """Return the environment that Debian's ``apachectl`` gives httpd.

        :raises Failure: Apache is not installed
        """
        try:
            changed = (self.ROOT / "envvars").stat().st_mtime_ns
        except FileNotFoundError:
            raise Failure("Apache is not installed on this page's machine") from None
        if changed != self._environment[0]:
            command = ["/bin/sh", "-c", f". {self.ROOT}/envvars; env -0"]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            self._environment = changed, dict(line.split("=", 1) for line in said.split("\0") if line)
        return self._environment[1]

    def test(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run httpd's config test."""
        return subprocess.run(
            ["/usr/sbin/apache2", "-t", *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            env=self.environment(), check=False,
        )  # fmt: skip

    def loaded(self) -> dict[str, Any]:
        """Return whether httpd takes its configuration, what it says, and the files it read, links followed."""
        said = self.test("-D", "DUMP_INCLUDES")
        files = re.findall(r"^ *\([^)]*\) (.*)$", said.stdout, re.MULTILINE)
        message = said.stderr.strip()
        return {"ok": said.returncode == 0, "message": message, "files": [*map(os.path.realpath, files)]}

    def check(self, text: str, context: str, name: str, line: int) -> dict[str, Any]:
        """Config-test a fragment in a context.

        :param name: what httpd calls the file in its messages, with ``line`` as the fragment's first
        :return: whether httpd takes it, its ``message``, the ``line`` it names, if it names one, and whether
            what it names is a line ``elsewhere``
        """
        if context == "htaccess":
            return self._check_htaccess(text, line)
        fragment = self.CHECK / name
        fragment.parent.mkdir(parents=True, exist_ok=True)
        fragment.write_text("\n" * (line - 1) + text + "\n")
        around = AROUND[context].format(f'Include "{fragment}"')
        said = self.test("-f", self._configuration(around, "sites-enabled"))
        message = said.stderr.replace(f"{self.CHECK}/", "").strip()
        named = re.search(rf"line (\d+) of {re.escape(name)}", message)
        return {
            "ok": said.returncode == 0,
            "message": message,
            "line": int(named[1]) if named else None,
            "elsewhere": not named and re.search(r"line \d+ of ", message) is not None,
        }

    def _configuration(self, end: str, without: str) -> str:
        """Write Debian's main file without what a fragment must not meet, and with an end of its own."""
        self.environment()  # or there is no Apache
        main = (self.ROOT / "apache2.conf").read_text()
        kept = re.sub(rf"(?m)^\s*Include(Optional)?\s+({without}).*$", "", main)
        path = self.CHECK / "apache2.conf"
        path.write_text(f"{kept}\n{end}\n")
        return str(path)

    def _check_htaccess(self, text: str, line: int) -> dict[str, Any]:
        """Ask a private Apache for a file beside the fragment.

        Only a request makes httpd read an ``.htaccess``, and its message names no line: the line
        is the end of the shortest beginning that gives the same message.
        """
        site, log = self.CHECK / "htaccess", self.CHECK / "htaccess.log"
        site.mkdir(parents=True, exist_ok=True)
        (site / "index.html").touch()
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = free.getsockname()
        end = (
            f"Listen {address[0]}:{address[1]}\nPidFile {self.CHECK}/htaccess.pid\nErrorLog {log}\n"
            f"DocumentRoot {site}\n<Directory {site}>\nAllowOverride All\nRequire all granted\n</Directory>\n"
        )
        configuration = self._configuration(end, "sites-enabled|ports.conf")
        server = subprocess.Popen(
            ["/usr/sbin/apache2", "-X", "-f", configuration],
            env=self.environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
        )  # fmt: skip

        def listens() -> bool:
            if server.poll() is not None:
                assert server.stderr is not None
                raise Failure(f"Apache does not start without its sites: {server.stderr.read().strip()}")
            with contextlib.suppress(OSError), socket.create_connection(address, timeout=5):
                return True
            return False

        def ask(lines: list[str]) -> str:
            """Return what httpd says of these lines; nothing if it takes them."""
            (site / ".htaccess").write_text("\n".join(lines) + "\n")
            log.write_text("")
            with contextlib.suppress(ConnectionError), socket.create_connection(address, timeout=5) as connection:
                connection.sendall(b"GET /index.html HTTP/1.0\r\n\r\n")
                while connection.recv(1 << 16):
                    pass
            said = re.search(r"/\.htaccess: (.*)", log.read_text())
            return said[1] if said else ""

        try:
            _until(listens, 5, "the private Apache does not listen")
            lines = text.split("\n")
            message = ask(lines)
            ends = (n for n in range(len(lines)) if message and ask(lines[: n + 1]) == message)
            first = next(ends, None)
            named = None if first is None else line + first
            return {"ok": not message, "message": message, "line": named, "elsewhere": False}
        finally:
            server.kill()
            server.communicate()


def _until(condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise Failure(otherwise)
        time.sleep(0.005)


# -- Requests ------------------------------------------------------------------------------------


class Agent:
    """What can be asked: each public method is a request, its parameters the request's.

    The answers about terminals have the command's ``output`` (base64) and ``seconds``; ``prompt`` and
    ``status`` once it has ended; ``broken``, and why, if the terminal is of no more use. They and ``news``
    say what else has happened: serious lines in Apache's ``logs``, whether it has (re)``started``, and which
    of the files that were written something has ``read``.
    """

    def __init__(self) -> None:
        self.terminals: dict[int, Terminal] = {}
        self.files, self.logs, self.apache = Files(), Logs(), Apache()
        self.processes: dict[str, int] = {}  # Apache's, when last looked at
        self.mains: set[str] = set()  # the first of them, then

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
        return answer | {"opened": shell is not None and not _listening() <= shell.listening}

    def interrupt(self, terminal: int, limit: float) -> dict[str, Any]:
        """Press Ctrl-C and read up to the prompt."""
        return self._converse(terminal, lambda shell: shell.interrupt(limit))

    def write(self, path: str, text: str, language: str) -> dict[str, Any]:
        """Write a file.

        :return: its ``path``, links followed, how far it was ``checked``, the checker's ``message`` and the
            ``line`` it names
        """
        self.files.write(path, text)
        answer: dict[str, Any] = {"path": os.path.realpath(path), "checked": "written", "message": "", "line": None}
        if language in CHECKERS:
            answer["checked"] = "parsed"
            answer["message"], answer["line"] = _fault(language, text) or ("", None)
        return answer

    def check(self, text: str, context: str, name: str, line: int) -> dict[str, Any]:
        """Config-test a fragment."""
        return self.apache.check(text, context, name, line)

    def loaded(self) -> dict[str, Any]:
        """Config-test all that Apache loads."""
        return self.apache.loaded()

    def news(self) -> dict[str, Any]:
        """Return what has happened since the last answer that told."""
        return self._news(None)

    def _news(self, watch: Watch | None) -> dict[str, Any]:
        """Return what has happened.

        :param watch: has looked since before something was done

        Reloads and starts are waited for. A reload only asks Apache to replace its processes, and until then an old one
        may take another request; a start ends before the log says so. And the first new process may come a second after
        that: what a page shows of a time limit would depend on it. A person is slower than that. A process that is busy
        with a request may take any time, so there is an end to the patience.
        """
        errors, started, reloaded = self.logs.new(self._asked)
        old = self.processes if reloaded else {}
        if reloaded and watch:  # the threads of these were never counted
            old = dict.fromkeys(watch.before(reloaded), 1) | old
        _wait_while(lambda: _any_left(old), OLD)
        if started:
            _wait_while(lambda: _starting(old), NEW)
        self.processes, self.mains = _apache_processes(), _main_processes()
        return {"logs": errors, "started": started, "read": self.files.read_since()}

    def _asked(self) -> bool:
        """Tell whether Apache has been started or told to reload, whoever did it, and may not have said so yet."""
        mains = _main_processes()
        return not mains <= self.mains or any(map(_obeying, mains))

    def _converse(self, number: int, say: Callable[[Terminal], Prompt | None]) -> dict[str, Any]:
        began = time.monotonic()
        self.processes |= _apache_processes()  # some may have been started since the last answer
        shell, answer = self.terminals.get(number), dict[str, Any]()
        before = _nginx()
        with Watch() as watch:
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
            news = self._news(watch)
            _wait_while(lambda: _nginx_reloading(before), NGINX)
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


if __name__ == "__main__":
    main()
