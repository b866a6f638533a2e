"""The lab: its machines are what the pages rely on, and none outlives whoever started it."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import re
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import lab.machine
from lab import agent
from lab.engine import LABEL, LARGEST, Engine, EngineError
from lab.machine import Machine, MachineError


def typed(machine: Machine, command: str, *, limit: float = 10, terminal: int = 1) -> tuple[int, str]:
    """Type a command and return its exit status and output."""
    answer = machine.ask("type", terminal=terminal, lines=command.split("\n"), limit=limit, stays=False)
    assert "broken" not in answer, answer
    return answer["status"], base64.b64decode(answer["output"]).decode()


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until a condition holds; tell whether it does."""
    end = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return holds


@pytest.mark.parametrize("line", [b"", b"1", b"[]", b"{}", b'{"id": 2}', b"\xff", b"[" * 100_000, b"9" * 10_000])
def test_whatever_the_agent_says_is_an_answer_or_none(line: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = object.__new__(Machine)
    machine._numbers, machine._talking = itertools.count(1), threading.Lock()
    monkeypatch.setattr(machine, "_send", lambda _: None)
    monkeypatch.setattr(machine, "_line", lambda _: line)
    with pytest.raises(MachineError, match="malformed answer"):
        machine.ask("news")


class Clock:
    """Time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 0.1)


@pytest.mark.skipif(not Path("/proc/self/auxv").exists(), reason="of the agent in a machine: this is no Linux")
@pytest.mark.parametrize("missing", ["_asleep", "_places"])
def test_a_kernel_that_does_not_show_a_shell_is_told(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    def none(*_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "/proc/7/syscall")

    there = ["bash", "-c", "echo; read -r line"]
    with subprocess.Popen(there, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        assert shell.stdout and shell.stdout.readline()  # until then it may not be bash yet
        agent.Bash(shell.pid, "/dev/null").close()
        monkeypatch.setattr(agent.Bash if missing == "_asleep" else agent, missing, none)
        with pytest.raises(agent.Failure, match="the agent cannot look into the reader's shell: FileNotFoundError"):
            agent.Bash(shell.pid, "/dev/null")


def test_whether_the_agent_is_stopped_is_asked_soon_and_ever_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked = Clock(), list[float]()

    class Fake:
        def check_room(self) -> None:
            pass

        def __call__(self, *_: object, **__: object) -> str:
            asked.append(clock.now)
            return "7" if clock.now > 30 else ""

    def nothing(*waits: Any) -> tuple[list[int], list[int], list[int]]:
        clock.sleep(waits[3])
        return [], [], []

    machine: Any = object.__new__(Machine)
    machine.engine, machine.name, machine._unread = Fake(), "lab", b""
    machine._agent = SimpleNamespace(stdout=object())
    monkeypatch.setattr(lab.machine, "time", clock)
    monkeypatch.setattr("select.select", nothing)
    with pytest.raises(MachineError, match="has stopped its agent"):
        machine._line(1000)
    assert [*map(int, asked)] == [2, 4, 8, 16, 32]


def test_the_host_waits_for_longer_than_the_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command takes all of its limit, and nothing that it brings about comes to an end."""
    clock, limit, command = Clock(), 7.0, "sudo systemctl reload apache2 nginx"

    class Slow:
        def __init__(self) -> None:
            clock.sleep(agent.OPENING)

        def run(self, *_: object, **__: object) -> agent.Prompt:
            clock.sleep(limit)
            return agent.Prompt("", 0)

        def interrupt(self, _: float) -> agent.Prompt:
            clock.sleep(agent.IDLE)
            return self.run()

        def taken(self) -> bytes:
            return b""

    lines = [[*DONE, *ASKED]]
    for name, value in {
        "time": clock,
        "Terminal": Slow,
        "Watch": contextlib.nullcontext,
        "when": lambda _: 0.0,
        "_any_left": lambda _: True,
        "_starting": lambda _: True,
        "_nginx_reloading": lambda _: True,
        "_apache_processes": dict,
    }.items():
        monkeypatch.setattr(agent, name, value)
    monkeypatch.setattr(agent.Logs, "_lines", lambda _: lines.pop() if lines else [])
    one = agent.Agent()
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

    def waits(self) -> agent.Prompt:
        """Say so."""
        return agent.Prompt("", 3)


def test_a_prompt_may_come_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    written = b"some \x1e output(venv) \x1ecafe:venv\x1e later"
    for at in range(len(written)):
        out, into = os.pipe()
        terminal: Any = object.__new__(agent.Terminal)
        terminal.fd, terminal.unread, terminal.output, terminal.ended = out, bytearray(), agent.Output(), False
        terminal.prompt, terminal.bash = re.compile(agent.PROMPT % b"cafe"), Waiting()
        monkeypatch.setattr(agent.Terminal, "open", {terminal})
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
    monkeypatch.setattr(agent, "_apache_processes", Apache(now))
    assert agent._any_left(before) == left


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
    monkeypatch.setattr(agent, "_children", lambda: list(now))
    monkeypatch.setattr(agent, "_stat", lambda process: stats[process])
    monkeypatch.setattr("pathlib.Path.exists", lambda _: True)
    assert agent._starting(before) == starting
    monkeypatch.setattr("pathlib.Path.exists", lambda _: False)
    monkeypatch.setattr(agent, "_children", list)
    assert not agent._starting(before)


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
    monkeypatch.setattr(agent.Logs, "_lines", lambda _: list(next(coming)))
    assert bool(agent.Logs().new(lambda: asked)[2]) == reloaded
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
    assert agent._obeying("7") == obeying


def test_what_apache_says_right_after_it_has_obeyed_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def asked() -> bool:
        written.extend([*ASKED, *DONE])  # and sleeps again before anybody looks
        return False

    monkeypatch.setattr(agent.Logs, "_lines", lambda _: [written.pop() for _ in written[:]][::-1])
    assert agent.Logs().new(asked)[1:] == (True, agent.when(ASKED[0]))


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
    monkeypatch.setattr(agent, "_obeying", lambda _: obeying)
    monkeypatch.setattr(agent, "_nginx", lambda: now)
    assert agent._nginx_reloading({"7", "8", "m"}) == reloading


def test_of_another_users_apache_only_errors_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = tmp_path / "error_log"
    log.write_text("\n".join([*ASKED, "[now] [core:error] oh", *DONE, ""]))
    for others in (True, False):
        monkeypatch.setattr(agent.Logs, "_logs", lambda _, others=others: {str(log): others})
        assert agent.Logs().new() == (["[now] [core:error] oh"], not others, 0 if others else agent.when(ASKED[0]))


def test_processes_that_were_started_after_the_last_answer_are_old_too(monkeypatch: pytest.MonkeyPatch) -> None:
    apache = Apache({"7": 27}, {"7": 27, "8": 2}, {"7": 27, "8": 27}, {"8": 27})
    monkeypatch.setattr(agent, "_apache_processes", apache)
    one = object.__new__(agent.Agent)
    one.processes, one.terminals, one.mains = {}, {}, set()
    monkeypatch.setattr(agent, "Terminal", lambda: SimpleNamespace(taken=lambda: b""))
    monkeypatch.setattr(one, "logs", SimpleNamespace(new=lambda _: ([], False, 1.0)), raising=False)
    monkeypatch.setattr(one, "files", SimpleNamespace(read_since=list), raising=False)
    one._converse(1, lambda _: None)
    assert len(apache.looks) == 1
    assert one.processes == {"8": 27}


def test_a_log_line_tells_when() -> None:
    at = datetime(2026, 11, 24, 23, 27, 7, 250000).timestamp()
    assert agent.when(ASKED[0]) == at
    assert agent.when("no time here") == agent.when("[x] y") == agent.when("") == 0


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
    monkeypatch.setattr(agent, "_apache_processes", lambda: dict.fromkeys(ticks, 27))
    monkeypatch.setattr(agent, "_stat", lambda process: ["S", *[""] * 18, str(ticks[process])])
    monkeypatch.setattr("os.sysconf", lambda _: 100)
    watch, reload = agent.Watch(), boot + 1.005
    watch.looks = [(reload + after / 1000, there) for after, there in looks]
    assert watch.before(reload) == old


def test_of_looks_that_are_alike_the_last_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    there = iter(["7", "7", "7", "8", "7"])
    monkeypatch.setattr(agent, "_children", lambda: [next(there)])
    watch = agent.Watch()
    with contextlib.suppress(StopIteration):
        watch._look()
    assert [seen for _, seen in watch.looks] == [{"7"}, {"8"}, {"7"}]


PODMAN = {
    "host": {"cgroupVersion": "v2", "cgroupControllers": ["memory", "pids"], "security": {"rootless": True}},
}
DOCKER = {"CgroupVersion": "2", "MemoryLimit": True, "PidsLimit": True, "ServerVersion": "28.0.0-rc.1"}
V1 = {"cgroupVersion": "v1", "cgroupControllers": ["memory", "pids"]}

Fake = Callable[..., None]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Let there be no engines but those the test puts on the path."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("LAB_ENGINE", "LAB_UNBOUNDED"):
        monkeypatch.delenv(name, raising=False)

    def put(name: str, says: object = "", script: str = "") -> None:
        says = says if isinstance(says, str) else json.dumps(says)
        command = tmp_path / name
        command.write_text(f"#!/bin/sh\n{script}\necho '{says}'\n")
        command.chmod(0o755)

    return put


def refusal() -> str:
    with pytest.raises(EngineError) as refused:
        Engine.find()
    return str(refused.value)


def test_no_engine(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    install = "On Debian or Ubuntu: sudo apt-get install podman"
    assert refusal() == f"neither podman nor docker is installed. {install}"
    monkeypatch.setenv("LAB_ENGINE", "docker")
    assert refusal() == f"docker is not installed. {install}"
    monkeypatch.setenv("LAB_ENGINE", "lxc")
    assert refusal() == "LAB_ENGINE=lxc: it is podman or docker"


def test_podman_is_taken_first_unless_another_is_named(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    fake("docker", DOCKER)
    assert Engine.find() == Engine("docker", "v2", True)
    fake("podman", PODMAN)
    assert Engine.find() == Engine("podman", "v2", True)
    monkeypatch.setenv("LAB_ENGINE", "docker")
    assert Engine.find() == Engine("docker", "v2", True)


@pytest.mark.parametrize(
    ("name", "says", "script", "said"),
    [
        ("podman", "", "echo first >&2; echo 'Error: no' >&2; exit 125", "podman does not answer: Error: no"),
        ("podman", "", "exit 3", "podman does not answer: exit status 3"),
        ("podman", "hello", "", "podman does not answer as podman does: JSONDecodeError"),
        ("podman", DOCKER, "", "podman does not answer as podman does: KeyError('host')"),
        ("docker", PODMAN, "", "docker does not answer as docker does: KeyError('ServerVersion')"),
        ("docker", {"ServerErrors": ["Is the docker daemon running?"]}, "",
         "docker does not answer: Is the docker daemon running?"),
        ("docker", DOCKER | {"ServerVersion": "26.1.5+dfsg1"}, "",
         "docker 26.1.5+dfsg1 cannot boot the lab on control groups v2: that takes Docker Engine 28.0 or newer "
         "(Debian 13's docker.io is 26.1)"),
    ],
)  # fmt: skip
def test_an_engine_that_does_not_answer(fake: Fake, name: str, says: object, script: str, said: str) -> None:
    fake(name, says, script)
    assert refusal().startswith(said)
    if name == "podman":
        fake("docker", DOCKER)
        assert Engine.find().name == "docker"


def test_an_engine_that_hangs(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    fake("podman", PODMAN, "exec /bin/sleep 60")
    run = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: run(*a, **k | {"timeout": k["timeout"] / 100}))
    assert refusal() == "podman does not answer: no answer after 0 s"


def test_a_file_that_cannot_be_run_is_no_engine(fake: Fake, tmp_path: Path) -> None:
    fake("podman")
    (tmp_path / "podman").write_bytes(b"\x7fELF nothing")
    assert refusal().startswith("podman does not answer: [Errno 8] Exec format error")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("podman", {"host": V1 | {"security": {"rootless": True}}}),
        ("podman", {"host": PODMAN["host"] | {"cgroupControllers": ["pids"]}}),
        ("docker", DOCKER | {"MemoryLimit": False}),
        ("docker", DOCKER | {"PidsLimit": False}),
    ],
)
def test_an_engine_without_bounds_is_refused(
    fake: Fake, monkeypatch: pytest.MonkeyPatch, name: str, says: dict[str, object]
) -> None:
    fake(name, says)
    assert refusal().startswith(f"{name} cannot bound a machine's memory and processes here (control groups v")
    assert "LAB_UNBOUNDED=1" in refusal()
    monkeypatch.setenv("LAB_UNBOUNDED", "1")
    unbounded = Engine.find()
    assert not unbounded.bounded
    assert not [flag for flag in unbounded.run_command("image", "name") if "memory" in flag or "pids" in flag]


def test_bounds_are_set_wherever_they_can_be(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_UNBOUNDED", "1")
    fake("podman", {"host": V1 | {"security": {"rootless": False}}})
    flags = Engine.find().run_command("image", "name")
    assert {"--memory=1g", "--pids-limit=300", "--network=none", "--pull=never"} <= set(flags)


def test_docker_on_control_groups_v1_may_be_older(fake: Fake) -> None:
    fake("docker", DOCKER | {"CgroupVersion": "1", "ServerVersion": "20.10.24+dfsg1"})
    assert Engine.find() == Engine("docker", "v1")


def test_docker_lets_systemd_make_its_control_groups(fake: Fake) -> None:
    flags = Engine("docker", "v2").run_command("image", "name")
    assert {"--cgroupns=private", "--security-opt=writable-cgroups=true"} <= set(flags)
    assert "--privileged" not in flags


@pytest.mark.parametrize(
    ("hard", "nofile", "nproc"), [(resource.RLIM_INFINITY, 65536, 4096), (100000, 65536, 4096), (1000, 1000, 1000)]
)
def test_no_machine_is_to_have_more_than_its_runner_may(
    monkeypatch: pytest.MonkeyPatch, hard: int, nofile: int, nproc: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (100, hard))
    flags = Engine("podman", "v2").run_command("image", "name")
    largest = LARGEST if hard == resource.RLIM_INFINITY else hard
    assert [flag for flag in flags if flag.startswith("--ulimit")] == [
        f"--ulimit=nofile={nofile}:{nofile}", f"--ulimit=nproc={nproc}:{nproc}", f"--ulimit=fsize={largest}:{largest}"
    ]  # fmt: skip


@pytest.mark.parametrize("place", ["/a path/b", "/a\\b", '/"', "/$HOME'", "/é%41", "/\udce9"])
def test_an_owner_with_any_name_is_one_word_to_every_engine(fake: Fake, tmp_path: Path, place: str) -> None:
    fake("docker", "", f"printf '%s\n' \"$@\" > {tmp_path}/typed")
    machine = object.__new__(Machine)
    machine.engine, machine.name = Engine("docker", "v2"), "lab-1"
    machine.commit("image", place)
    _, _, change, *_ = (tmp_path / "typed").read_text().split("\n")
    name, _, said = change.partition("=")[2].partition("=")
    assert (name, re.sub(r"[\w/%]", "", said, flags=re.ASCII)) == (f"LABEL {LABEL}.owner", "")
    row = {"Id": "1", "Config": {"Labels": {f"{LABEL}.owner": said}}}
    fake("docker", "1", f"[ $1 = inspect ] && echo '{json.dumps([row])}' && exit")
    assert [found["owner"] for found in machine.engine.labelled("state", images=True)] == [place]


@pytest.mark.parametrize(
    ("name", "says", "cores"),
    [
        ("podman", {"host": V1 | {"security": {"rootless": False}}}, None),
        ("podman", {"host": PODMAN["host"] | {"cgroupControllers": ["cpu", "memory", "pids"], "cpus": 8}}, "2"),
        ("podman", {"host": PODMAN["host"] | {"cgroupControllers": ["cpu", "memory", "pids"], "cpus": 1}}, "1"),
        ("docker", DOCKER | {"CpuCfsQuota": True, "NCPU": 8}, "2"),
        ("docker", DOCKER | {"CpuCfsQuota": False, "NCPU": 8}, None),
    ],
)
def test_cores_are_bounded_where_the_engine_can(fake: Fake, name: str, says: dict[str, object], cores: str) -> None:
    fake(name, says)
    flags = Engine.find().run_command("image", "name")
    assert [flag for flag in flags if "cpus" in flag] == ([f"--cpus={cores}"] if cores else [])


@pytest.mark.parametrize("hint", ["See 'docker run --help'.", "Run 'docker run --help' for more information"])
def test_an_engine_command_that_fails_says_why(fake: Fake, hint: str) -> None:
    fake("docker", "", f"printf '%s\\n' 'docker: Error: no space.' '' \"{hint}\" >&2; exit 1")
    engine = Engine("docker", "v2")
    with pytest.raises(EngineError, match=r"^docker run: docker: Error: no space\.$"):
        engine("run")
    assert engine("run", quiet=True) == ""


def test_an_engine_command_that_hangs_is_ended(fake: Fake) -> None:
    engine = Engine("docker", "v2")
    fake("docker", "", "exec /bin/sleep 60")
    with pytest.raises(EngineError, match=r"^docker run: no answer after 0 s$"):
        engine("run", timeout=0.1)
    assert engine("run", timeout=0.1, quiet=True) == ""


def test_a_machine_that_cannot_be_removed_is_told(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    fake("podman", "", "[ $1 = ps ] && echo 4711 && exit; echo 'Error: device is busy' >&2; exit 1")
    times = iter(range(0, 1000, 5))
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    with pytest.raises(EngineError, match=r"^podman rm: Error: device is busy$"):
        Engine("podman", "v2").remove("lab-1")
