"""The lab: its machines are what the pages rely on, and none outlives whoever started it."""

from __future__ import annotations

import base64
import contextlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import lab.machine
from lab import image, original
from lab.engine import Engine, EngineError
from lab.machine import Machine, MachineError, Refused
from lab.owner import owner
from lab.rights import CAPABILITIES
from project import ROOT


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


def machines(engine: Engine, name: str = f"lab-{os.getpid()}-") -> list[str]:
    """Name the machines, running or not, whose name contains this; by default those of these tests."""
    return engine("ps", "--all", "--format={{.Names}}", f"--filter=name={name}").split()


@pytest.fixture(scope="module")
def shared(engine: Engine, plain: str) -> Iterator[Machine]:
    with Machine(engine, plain) as machine:
        yield machine


@pytest.fixture
def own(engine: Engine, plain: str) -> Iterator[Machine]:
    """Give a machine that may be broken. Nothing of it is left afterwards."""
    with Machine(engine, plain) as machine:
        yield machine
    assert not machines(engine, machine.name)


# -- A machine -----------------------------------------------------------------------------------


def test_a_machine_boots_and_has_the_versions_that_its_image_has(shared: Machine, plain: str) -> None:
    versions = original.versions(shared.engine, plain)
    assert set(versions) == {"debian", "apache", "mod_wsgi", "python", "archive"}
    assert versions["debian"] == {"trixie": "13", "bookworm": "12"}[image.DEFAULT]
    for package, name in (("apache2", "apache"), ("libapache2-mod-wsgi-py3", "mod_wsgi")):
        assert f"Candidate: {versions[name]}-" in typed(shared, f"apt-cache policy {package}")[1]
    assert typed(shared, "python3 -V") == (0, f"Python {versions['python']}\n")
    assert typed(shared, "systemctl is-system-running; systemctl --failed -q") == (0, "running\n")


def test_a_machine_has_no_network(shared: Machine) -> None:
    assert typed(shared, "ls /sys/class/net") == (0, "lo\n")
    status, said = typed(shared, "echo > /dev/tcp/192.0.2.1/80")
    assert status == 1
    assert "Network is unreachable" in said


def test_a_machine_has_the_rights_it_needs_and_no_others(shared: Machine, engine: Engine) -> None:
    numbers = {"chown": 0, "dac_override": 1, "fowner": 3, "fsetid": 4, "kill": 5, "setgid": 6, "setuid": 7}
    numbers |= {"setpcap": 8, "net_bind_service": 10, "sys_chroot": 18, "audit_write": 29}
    wanted = {*CAPABILITIES, *(["audit_write"] if engine.name == "docker" else [])}
    _, status = typed(shared, "grep CapBnd /proc/1/status")
    assert int(status.split()[1], 16) == sum(1 << numbers[name] for name in wanted)


def test_the_low_ports_are_roots_alone(shared: Machine) -> None:
    bind = "import socket; socket.create_server(('127.0.0.1', 80))"
    status, said = typed(shared, f'python3 -c "{bind}"')
    assert status == 1
    assert "PermissionError: [Errno 13] Permission denied" in said
    assert typed(shared, f'sudo python3 -c "{bind}"') == (0, "")


def test_memory_is_bounded(shared: Machine) -> None:
    assert typed(shared, "python3 -c 'b\"x\" * (1 << 28)'") == (0, "")
    status, _ = typed(shared, "python3 -c 'b\"x\" * (3 << 30)'", limit=60)
    assert status == 137  # killed
    assert typed(shared, "echo here") == (0, "here\n")


def test_processes_are_bounded(shared: Machine) -> None:
    count = (
        "import subprocess, sys\nrunning = []\ntry:\n    for _ in range(1000):\n"
        "        running.append(subprocess.Popen(['sleep', '60']))\nexcept BlockingIOError:\n    pass\n"
        "print(len(running))\nfor each in running:\n    each.kill()\n"
    )
    typed(shared, f"cat > /tmp/many.py <<'END'\n{count}END")
    status, started = typed(shared, "python3 /tmp/many.py", limit=60)
    assert status == 0
    assert 100 < int(started) < 300


def test_a_service_has_as_long_to_stop_as_on_debian(shared: Machine) -> None:
    said = typed(shared, "systemctl show --property=DefaultTimeoutStopUSec")
    assert said == (0, "DefaultTimeoutStopUSec=1min 30s\n")  # or what a restart does to requests is the lab's doing


def test_a_machine_that_cannot_start_leaves_nothing(engine: Engine) -> None:
    before = machines(engine)
    with pytest.raises(EngineError, match=rf"{engine.name} run: .*(image not known|No such image)"):
        Machine(engine, "localhost/lab:none")
    assert machines(engine) == before


def test_a_machine_with_a_failed_service_is_refused(engine: Engine, own: Machine) -> None:
    # oneshot: the boot waits for its end. Any other has started well when it exists, and may fail after the boot.
    unit = "[Service]\\nType=oneshot\\nExecStart=/bin/false\\n[Install]\\nWantedBy=multi-user.target\\n"
    typed(own, f"printf '{unit}' | sudo tee /etc/systemd/system/broken.service")
    typed(own, "sudo systemctl enable broken")
    name = f"localhost/lab-test:{os.getpid()}"
    own.commit(name, "/nobody")
    try:
        before = machines(engine)
        with pytest.raises(MachineError, match=r"boots with failed services: broken\.service"):
            Machine(engine, name)
        assert machines(engine) == before
    finally:
        engine("rmi", "--force", name)


def test_a_state_is_the_machines_disk_after_a_reboot(engine: Engine, own: Machine) -> None:
    typed(own, "echo kept | sudo tee /srv/kept; touch /tmp/gone /run/lock/gone; cd /srv; export A=b")
    name = f"localhost/lab-test:{os.getpid()}"
    own.commit(name, "/somebody")
    try:
        (made,) = [row for row in engine.labelled("state", images=True) if row["tag"] == name]
        assert made["owner"] == "/somebody"
        with Machine(engine, name) as again:
            assert typed(again, "cat /srv/kept; ls /tmp /run/lock/gone; pwd; echo $A") == (
                0, "kept\nls: cannot access '/run/lock/gone': No such file or directory\n/tmp:\n/home/reader\n\n"
            )  # fmt: skip
    finally:
        engine("rmi", "--force", name)


def test_images_are_listed_in_two_calls_and_without_one_that_has_gone_meanwhile(
    engine: Engine, plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, asked = Engine.__call__, []

    def one_goes(self: Engine, *arguments: str, **options: Any) -> str:
        asked.append(arguments)
        return call(self, *arguments, **options) + (f"\n{'0' * 64}" if "--quiet" in arguments else "")

    monkeypatch.setattr(Engine, "__call__", one_goes)
    assert plain in [row["tag"] for row in engine.labelled("image", images=True)]
    assert len(asked) == 2


# -- The agent -----------------------------------------------------------------------------------

AGENT = "pgrep -f -o stdin.buffer"


def test_without_sudo_the_agent_is_out_of_reach(shared: Machine) -> None:
    typed(shared, "true", terminal=2)
    assert typed(shared, f"ls /proc/$({AGENT})/fd")[0] == 2
    assert typed(shared, f"echo x > /proc/$({AGENT})/fd/0")[0] == 1
    assert typed(shared, f"kill -9 $({AGENT})")[0] == 1
    for terminal in (1, 2):
        _, files = typed(shared, "for fd in /proc/$$/fd/*; do readlink $fd; done", terminal=terminal)
        assert files == f"/dev/pts/{terminal - 1}\n" * 4


@pytest.mark.parametrize("what", ["ls -l /proc/{}/fd", "tee /proc/{}/fd/1 < /dev/null", "head -c 1 /proc/{}/mem"])
def test_not_even_root_reaches_into_the_agent(shared: Machine, what: str) -> None:
    status, said = typed(shared, f"sudo {what.format(f'$({AGENT})')}")
    assert status
    assert "Permission denied" in said


def test_an_answer_to_another_question_ends_the_conversation(own: Machine) -> None:
    next(own._numbers)
    own._send(b'{"do": "news", "id": 99}\n')
    with pytest.raises(MachineError, match=r"malformed answer: .*the answer is to another question"):
        own.ask("news")


def test_a_disk_that_keeps_no_access_times_is_told_at_the_first_boot(
    engine: Engine, plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = b"Path(probe.name).read_bytes()"
    text = lab.machine._SOURCES["lab/agent/files.py"]
    assert reads in text
    monkeypatch.setitem(lab.machine._SOURCES, "lab/agent/files.py", text.replace(reads, b"pass"))
    with pytest.raises(MachineError, match=r"^this engine's storage does not keep access times, .*: use overlay$"):
        Machine(engine, plain)


def test_what_the_agent_cannot_do_it_refuses(shared: Machine) -> None:
    with pytest.raises(Refused, match="/nowhere/x: No such file or directory"):
        shared.ask("write", path="/nowhere/x", text="", language="text")
    assert typed(shared, "echo here") == (0, "here\n")


@pytest.mark.parametrize("path", ["link", "folder/planted", "way/planted"])
def test_root_follows_no_link_of_the_readers(shared: Machine, path: str) -> None:
    typed(shared, "ln -sf /etc/planted link; ln -sfn /etc folder; sudo ln -sfn /home/reader/folder way")
    with pytest.raises(Refused, match=rf"{path}: root does not follow another user's link"):
        shared.ask("write", path=f"/home/reader/{path}", text="x", language="text")
    assert typed(shared, "ls /etc/planted")[0] == 2


def test_root_follows_its_own_links(shared: Machine) -> None:
    typed(shared, "sudo ln -sfn ../srv /etc/folder; sudo ln -sfn file /srv/link")
    shared.ask("write", path="/etc/folder/link", text="x", language="text")
    assert typed(shared, "stat --format='%U %a' /srv/file; cat /srv/file; sudo rm /srv/file") == (0, "root 644\nx")


def test_a_fault_of_the_agent_is_told(shared: Machine) -> None:
    with pytest.raises(MachineError, match=r"agent failed:\n(.*\n)+KeyError: 'nowhere'"):
        shared.ask("check", text="", context="nowhere", name="x", line=1)


@pytest.mark.parametrize(
    "command",
    [
        f"sudo kill -9 $({AGENT})",
        "sudo systemctl poweroff --force",
        "sudo kill -s RTMIN+14 1",
    ],
    ids=["the agent is killed", "the machine is switched off", "the machine ends"],
)
def test_a_conversation_that_breaks_off_is_told_at_once(own: Machine, command: str) -> None:
    began = time.monotonic()
    with pytest.raises(MachineError, match="the machine or its agent has ended"):
        typed(own, f"{command}; sleep 60", limit=60)
    with pytest.raises(MachineError, match="has ended"):
        own.ask("news")
    assert time.monotonic() - began < 10


def test_an_agent_that_is_stopped_is_named(own: Machine) -> None:
    with pytest.raises(MachineError, match=r"something in the machine has stopped its agent \(SIGSTOP\)"):
        typed(own, f"sudo kill -STOP $({AGENT})", limit=600)


def test_an_agent_that_does_not_answer_is_not_waited_for(own: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = time.monotonic
    monkeypatch.setattr(own, "_check_agent", lambda: None)
    own.ask("type", terminal=1, lines=[f"sudo kill -STOP $({AGENT})"], limit=1, stays=True)
    time.sleep(0.5)
    jump = iter([0.0, 0.0])
    monkeypatch.setattr(time, "monotonic", lambda: clock() + next(jump, 600))
    with pytest.raises(MachineError, match="the machine's agent does not answer"):
        own.ask("news")


def test_a_machine_can_be_closed_while_it_is_asked(engine: Engine, own: Machine) -> None:
    said: list[str] = []

    def ask() -> None:
        try:
            typed(own, "sleep 60", limit=60)
        except MachineError as error:
            said.append(str(error))

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.3)
    own.close()
    asking.join(5)
    [message] = said  # the engine may add, in its words, that the container is gone
    assert message.startswith("the machine or its agent has ended")
    assert not machines(engine, own.name)


def test_the_shell_and_the_page_agree_on_where_a_command_ends(shared: Machine) -> None:
    def broken(*lines: str) -> str:
        return str(shared.ask("type", terminal=3, lines=lines, limit=5, stays=False)["broken"])

    assert broken("true", "true") == "the shell took the command as complete after line 1 of 2"
    assert broken("cat <<END", "one") == "the shell is waiting for more lines: the command is incomplete"
    assert broken("x" * 4095) == "a terminal can't take a line of more than 4095 bytes"
    assert typed(shared, "echo " + "x" * 4089, terminal=3) == (0, "x" * 4089 + "\n")


def test_a_machine_that_nobody_uses_powers_itself_off(engine: Engine, own: Machine) -> None:
    assert typed(own, "systemctl is-active lab-unattended.timer") == (0, "active\n")
    assert typed(own, "systemctl show -p TimersMonotonic lab-unattended.timer")[1].startswith(
        "TimersMonotonic={ OnBootUSec=1min ; "
    )
    typed(own, "sudo systemctl start lab-unattended.service")  # this one is used
    assert typed(own, "systemctl show -p ConditionResult lab-unattended.service") == (0, "ConditionResult=no\n")
    name = f"{own.name}-unused"
    engine(*engine.run_command(image.tag(image.DEFAULT), name))
    booted = "until systemctl is-system-running --wait; do sleep 0.1; done"
    engine("exec", name, "sh", "-c", f"{booted}; systemctl start lab-unattended.service", quiet=True)
    assert until(lambda: not machines(engine, name), 10)


# -- When the runner goes ------------------------------------------------------------------------

#: Runs a page that takes its time, as the suite does. The copy of the machinery keeps the states apart.
RUNNER = """\
import os
import signal
from runner.suite import Suite
from snippets.manifest import Block, Manifest, Page

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what a shell has started in the background
options = {"limit": "100"}
block = Block("slow:1", "slow", "slow", 1, "console", "transcript", f"$ sleep 9{os.getpid()}", options=options)
with Suite(Manifest((Page("slow", "slow"),), (block,)), ["slow"], ["%s"]) as suite:
    print(suite.verdict("%s", block))
"""


def processes(*words: str) -> list[int]:
    """Return the processes that have these words in their command lines."""
    found = []
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdigit():
                command = (process / "cmdline").read_text(errors="replace")
                found += [int(process.name)] if all(word in command for word in words) else []
    return found


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda it: it.name)
def test_when_the_runner_goes_its_machines_go(engine: Engine, plain: str, tmp_path: Path, sent: signal.Signals) -> None:
    place, temporary = tmp_path / "project", tmp_path / "temporary"
    temporary.mkdir()
    for part in ("lab", "runner", "_ext", "doctor"):
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__"))
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER % (image.DEFAULT, image.DEFAULT)],
        env=os.environ | {"PYTHONPATH": f"{place}:{place / '_ext'}", "TMPDIR": str(temporary)},
        start_new_session=True,
        stderr=subprocess.PIPE,
    )
    mine = f"lab-{runner.pid}-"
    try:
        assert until(lambda: bool(processes("sleep", f"9{runner.pid}")), 20)
        (name,) = machines(engine, mine)
    finally:
        os.killpg(runner.pid, sent)  # as a terminal does
    assert runner.communicate(timeout=10)[1].strip().endswith(b"KeyboardInterrupt") == (sent == signal.SIGINT)
    assert until(lambda: not machines(engine, mine), 30)
    assert until(lambda: not processes(name), 5)
    assert not processes("sleep", f"9{runner.pid}")
    assert not list(temporary.iterdir())


# -- The engine ----------------------------------------------------------------------------------


def test_only_machines_whose_runner_is_gone_are_swept(
    engine: Engine, plain: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "let-go.lock").touch()
    orphans = f"{platform.node()}:{tmp_path}/let-go.lock"
    names = {owner(): f"lab-{os.getpid()}-living", orphans: f"lab-{os.getpid()}-orphan"}
    try:
        for whose, name in names.items():
            monkeypatch.setattr("lab.engine.owner", lambda whose=whose: whose)
            engine(*engine.run_command(plain, name))
        engine.sweep()
        assert not machines(engine, f"lab-{os.getpid()}-orphan")
        assert machines(engine, f"lab-{os.getpid()}-living")
    finally:
        for name in names.values():
            engine.remove(name)


def test_removing_what_is_gone_is_no_error(engine: Engine) -> None:
    engine.remove(f"lab-{os.getpid()}-never-was")
