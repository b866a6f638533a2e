"""The agent in a machine: what it makes of a shell, of processes and of logs."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import signal
import subprocess
import threading
import time
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab.agent import Failure, __main__, apache, bash, limits, nginx, processes
from lab.agent import terminal as terminal_
from lab.machine import Machine
from tests.unit.test_machine import Clock


@pytest.mark.skipif(not Path("/proc/self/auxv").exists(), reason="of the agent in a machine: this is no Linux")
@pytest.mark.parametrize("missing", ["_asleep", "_places"])
def test_a_kernel_that_does_not_show_a_shell_is_told(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    def none(*_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "/proc/7/syscall")

    there = ["bash", "-c", "echo; read -r line"]
    with subprocess.Popen(there, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        assert shell.stdout and shell.stdout.readline()  # until then it may not be bash yet
        bash.Bash(shell.pid, "/dev/null").close()
        monkeypatch.setattr(bash.Bash if missing == "_asleep" else bash, missing, none)
        with pytest.raises(Failure, match="the agent cannot look into the reader's shell: FileNotFoundError"):
            bash.Bash(shell.pid, "/dev/null")


def test_the_host_waits_for_longer_than_the_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command takes all of its limit, and nothing that it brings about comes to an end."""
    clock, limit, command = Clock(), 7.0, "sudo systemctl reload apache2 nginx"

    class Slow:
        def __init__(self) -> None:
            clock.sleep(limits.OPENING)

        def run(self, *_: object, **__: object) -> bash.Prompt:
            clock.sleep(limit)
            return bash.Prompt("", 0)

        def interrupt(self, _: float) -> bash.Prompt:
            clock.sleep(limits.IDLE)
            return self.run()

        def taken(self) -> bytes:
            return b""

    lines = [[*DONE, *ASKED]]
    for module in (__main__, apache, processes):
        monkeypatch.setattr(module, "time", clock)
    for where, name, value in (
        (__main__, "Terminal", Slow),
        (apache, "Watch", contextlib.nullcontext),
        (apache, "when", lambda _: 0.0),
        (apache, "_any_left", lambda _: True),
        (apache, "_starting", lambda _: True),
        (apache, "processes_of_apache", dict),
        (nginx, "_reloading", lambda _: True),
    ):
        monkeypatch.setattr(where, name, value)
    monkeypatch.setattr(apache.Logs, "_lines", lambda _: lines.pop() if lines else [])
    one = __main__.Agent()
    answer = one.type(1, [command], limit, stays=False)
    assert answer["started"]
    typed, clock.now = clock.now, 0
    one.interrupt(2, limit)
    assert typed > clock.now > limit

    waits: list[float] = []

    def line(until: float) -> bytes:
        waits.append(until - time.monotonic())
        return b'{"id": 1}'

    machine = object.__new__(Machine)
    machine._numbers, machine._talking = itertools.count(1), threading.Lock()
    monkeypatch.setattr(machine, "_send", lambda _: None)
    monkeypatch.setattr(machine, "_line", line)
    machine.ask("type", terminal=1, lines=[command], limit=limit, stays=False)
    assert waits[0] > typed


class Waiting:
    """Plays a shell that waits at its prompt."""

    def waits(self) -> bash.Prompt:
        """Say so."""
        return bash.Prompt("", 3)


def test_a_prompt_may_come_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    written = b"some \x1e output(venv) \x1ecafe:venv\x1e later"
    for at in range(len(written)):
        out, into = os.pipe()
        terminal: Any = object.__new__(terminal_.Terminal)
        terminal.fd, terminal.unread, terminal.output, terminal.ended = out, bytearray(), terminal_.Output(), False
        terminal.prompt, terminal.bash = re.compile(terminal_.PROMPT % b"cafe"), Waiting()
        monkeypatch.setattr(terminal_.Terminal, "open", {terminal})
        os.write(into, written[:at])
        early = terminal.read(0.001)
        os.write(into, written[at:])
        assert (early or terminal.read(1)) == ("(venv) ", 3)
        assert terminal.taken() == b"some \x1e output"
        os.close(into)
        os.close(out)


class Apache:
    """Plays the processes of an Apache: each look at them finds the next."""

    def __init__(self, *looks: dict[str, int]) -> None:
        self.looks = list(looks)

    def __call__(self) -> dict[str, int]:
        """Look; the last state stays."""
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


@pytest.mark.parametrize(
    ("before", "now", "left"),
    [
        ({"7": 27}, {"7": 27, "8": 27}, True),
        ({"7": 28}, {"7": 27}, True),  # the thread that has started the others is gone
        ({"7": 12}, {"7": 27}, True),
        ({"7": 27}, {"7": 3, "8": 27}, False),
        ({"7": 27}, {"8": 27}, False),
        ({"7": 1}, {"7": 27}, True),  # had not started its threads yet
        ({"7": 1}, {"7": 1}, True),
        ({"7": 1}, {"8": 27}, False),
        ({}, {"8": 27}, False),
    ],
)
def test_a_process_is_old_until_it_ends_its_threads(
    monkeypatch: pytest.MonkeyPatch, before: dict[str, int], now: dict[str, int], left: bool
) -> None:
    monkeypatch.setattr(apache, "processes_of_apache", Apache(now))
    assert apache._any_left(before) == left


@pytest.mark.parametrize(
    ("before", "now", "starting"),
    [
        ("", {}, True),
        ("7", {"7": ("S", 27)}, True),  # Apache often starts the first new one only after a second
        ("7", {"7": ("S", 3), "8": ("S", 27)}, False),
        ("7", {"7": ("S", 27), "8": ("S", 27), "9": ("R", 1)}, True),  # is about to start its Python
        ("", {"8": ("S", 27), "9": ("D", 1)}, True),
        ("", {"8": ("R", 27), "9": ("R", 4)}, False),
        ("", {"8": ("S", 27), "9": ("S", 1)}, False),  # mod_cgid's
        ("", {"8": ("S", 27), "9": ("Z", 1)}, False),
        ("", {"9": ("Z", 1)}, True),
    ],
)
def test_apache_is_starting_until_each_new_process_has_its_threads(
    monkeypatch: pytest.MonkeyPatch, before: str, now: dict[str, tuple[str, int]], starting: bool
) -> None:
    stats = {process: [state, *["0"] * 16, str(threads)] for process, (state, threads) in now.items()}
    monkeypatch.setattr(apache, "children", lambda _: list(now))
    monkeypatch.setattr(apache, "stat", lambda process: stats[process])
    monkeypatch.setattr("pathlib.Path.exists", lambda _: True)
    assert apache._starting(before) == starting
    monkeypatch.setattr("pathlib.Path.exists", lambda _: False)
    monkeypatch.setattr(apache, "children", lambda _: [])
    assert not apache._starting(before)


ASKED = ["[Tue Nov 24 23:27:07.250000 2026] [...] AH00493: SIGUSR1 received.  Doing graceful restart"]
STOPPED = ["[...] AH00492: caught SIGWINCH, shutting down gracefully"]
DONE = ["[...] AH00094: Command line: '/usr/sbin/apache2'"]


@pytest.mark.parametrize(
    ("asked", "lines", "reloaded"),
    [
        (True, [[], [], ASKED, [], DONE], True),
        (False, [[], []], False),
        (False, [ASKED, [], DONE], True),
        (True, [ASKED, ["[...] AH00489: Apache/2.4 configured -- resuming normal operations"], DONE], True),
        (True, [[*ASKED, *DONE]], True),
        (True, [STOPPED, [], DONE], False),
    ],
)
def test_a_reload_or_a_start_that_was_asked_for_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, asked: bool, lines: list[list[str]], reloaded: bool
) -> None:
    coming = iter(lines)
    monkeypatch.setattr(apache.Logs, "_lines", lambda _: list(next(coming)))
    assert bool(apache.Logs().new(lambda: asked)[2]) == reloaded
    assert not any(coming) or not asked


@pytest.mark.parametrize(
    ("state", "pending", "obeying"),
    [("S", 0, False), ("R", 0, True), ("D", 0, True), ("S", signal.SIGUSR1, True), ("S", signal.SIGHUP, True),
     ("S", signal.SIGCHLD, False), ("Z", 0, False)],
)  # fmt: skip
def test_a_server_that_is_told_something_does_not_sleep(
    monkeypatch: pytest.MonkeyPatch, state: str, pending: int, obeying: bool
) -> None:
    status = f"Name:\tapache2\nState:\t{state} (x)\nSigPnd:\t0\nShdPnd:\t{1 << pending >> 1:016x}\nx: y\n"
    monkeypatch.setattr("pathlib.Path.read_text", lambda _: status)
    assert processes.obeying("7") == obeying


def test_what_apache_says_right_after_it_has_obeyed_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def asked() -> bool:
        written.extend([*ASKED, *DONE])  # and sleeps again before anybody looks
        return False

    monkeypatch.setattr(apache.Logs, "_lines", lambda _: [written.pop() for _ in written[:]][::-1])
    assert apache.Logs().new(asked)[1:] == (True, apache.when(ASKED[0]))


@pytest.mark.parametrize(
    ("obeying", "now", "reloading"),
    [
        (False, {"7": True, "8": True, "m": False}, False),
        (True, {"7": True, "8": True, "m": False}, True),
        (False, {"7": True, "8": True, "m": False, "9": False}, True),  # just made, and not ready to take requests
        (False, {"7": True, "8": True, "m": False, "9": True}, True),  # the old ones have not been told to end yet
        (False, {"7": False, "8": True, "9": True}, True),
        (False, {"7": False, "8": False, "9": False}, False),
        (False, {"9": True, "10": True}, False),
        (False, {}, False),
    ],
)
def test_nginx_reloads_until_no_old_process_takes_requests(
    monkeypatch: pytest.MonkeyPatch, obeying: bool, now: dict[str, bool], reloading: bool
) -> None:
    monkeypatch.setattr(nginx, "obeying", lambda _: obeying)
    monkeypatch.setattr(nginx, "workers", lambda: now)
    assert nginx._reloading({"7", "8", "m"}) == reloading


def test_of_another_users_apache_only_errors_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = tmp_path / "error_log"
    log.write_text("\n".join([*ASKED, "[now] [core:error] oh", *DONE, ""]))
    for others in (True, False):
        monkeypatch.setattr(apache.Logs, "_logs", lambda _, others=others: {str(log): others})
        assert apache.Logs().new() == (["[now] [core:error] oh"], not others, 0 if others else apache.when(ASKED[0]))


def test_processes_that_were_started_after_the_last_answer_are_old_too(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Apache({"7": 27}, {"7": 27, "8": 2}, {"7": 27, "8": 27}, {"8": 27})
    monkeypatch.setattr(apache, "processes_of_apache", looks)
    one = __main__.Agent()
    server = apache.Apache()
    one.servers = (server,)
    monkeypatch.setattr(__main__, "Terminal", lambda: SimpleNamespace(taken=lambda: b""))
    monkeypatch.setattr(server, "logs", SimpleNamespace(new=lambda _: ([], False, 1.0)))
    one._converse(1, lambda _: None)
    assert len(looks.looks) == 1
    assert server.processes == {"8": 27}


def test_a_log_line_tells_when() -> None:
    at = datetime(2026, 11, 24, 23, 27, 7, 250000).timestamp()
    assert apache.when(ASKED[0]) == at
    assert apache.when("no time here") == apache.when("[x] y") == apache.when("") == 0


@pytest.mark.parametrize(
    ("looks", "old"),
    [
        ([], {"7", "8"}),  # both in the tick of the reload, as far as anybody can tell
        ([(-1, {"7"}), (1, {"7", "8"})], {"7", "8"}),
        ([(1, {"7"}), (2, {"7", "8"})], {"7"}),  # there was a look after the reload, and no 8
    ],
)
def test_who_was_started_before_a_reload(
    monkeypatch: pytest.MonkeyPatch, looks: list[tuple[int, set[str]]], old: set[str]
) -> None:
    boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    ticks = {"7": 100, "8": 100, "9": 102}
    monkeypatch.setattr(apache, "processes_of_apache", lambda: dict.fromkeys(ticks, 27))
    monkeypatch.setattr(apache, "stat", lambda process: ["S", *[""] * 18, str(ticks[process])])
    monkeypatch.setattr("os.sysconf", lambda _: 100)
    watch, reload = apache.Watch(), boot + 1.005
    watch.looks = [(reload + after / 1000, there) for after, there in looks]
    assert watch.before(reload) == old


def test_of_looks_that_are_alike_the_last_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    there = iter(["7", "7", "7", "8", "7"])
    monkeypatch.setattr(apache, "children", lambda _: [next(there)])
    watch = apache.Watch()
    with contextlib.suppress(StopIteration):
        watch._look()
    assert [seen for _, seen in watch.looks] == [{"7"}, {"8"}, {"7"}]
