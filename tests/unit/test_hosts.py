"""``make test-hosts``: how a host is made and booted, and what is told of it; no host is made here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab import patience
from project import ROOT
from tools.hosts import guest, host
from tools.hosts.guest import PLACES, Place, Row

DOCKER = next(place for place in PLACES if place.engine == "docker")
REFUSED = "make: docker 26.1.5+dfsg1 cannot boot the lab on control groups v2: it needs Docker Engine 28.0 or newer"


@pytest.mark.parametrize(("own", "accelerator"), [(True, "kvm"), (False, "tcg,thread=multi")])
def test_a_host_has_no_network_and_a_limit(tmp_path: Path, own: bool, accelerator: str) -> None:
    command = host.qemu(tmp_path, own=own)
    assert command[command.index("-accel") + 1] == accelerator
    assert command[command.index("-nic") + 1] == "none"
    assert command[:3] == ["env", f"--chdir={tmp_path}", "timeout"]


@pytest.mark.parametrize(("own", "slow"), [(True, "1"), (False, "40")])
def test_limits_are_wider_where_the_processor_is_emulated(tmp_path: Path, own: bool, slow: str) -> None:
    command = host.debian("trixie", tmp_path, own=own)
    assert f"LAB_PATIENCE={slow}\n" in "".join(command)
    assert command[-2:] == ["trixie", "root"]


def test_what_removes_a_host_meets_nothing_that_was_mounted_in_it(tmp_path: Path) -> None:
    command = host.debian("trixie", tmp_path, own=False)
    made = command.index("mmdebstrap")
    assert command[made - 2 : made] == ["unshare", "--mount"]


def test_an_archive_is_reached_as_by_this_machine(tmp_path: Path) -> None:
    configuration = """\
APT::Architecture "amd64";
Acquire::cdrom::mount "/media/cdrom/";
Acquire::Check-Valid-Until "false";
Acquire::http::Proxy "http://proxy:3142/";
Acquire::https::CaInfo "/etc/ssl/own.pem";
Dir::Etc "etc/apt";
"""
    said = host.reaching(configuration)
    assert said == [
        '--aptopt=Acquire::Check-Valid-Until "false";',
        '--aptopt=Acquire::http::Proxy "http://proxy:3142/";',
        '--aptopt=Acquire::https::CaInfo "/etc/ssl/own.pem";',
    ]
    assert set(said) < set(host.debian("trixie", tmp_path, said, own=False))


def test_hooks_are_what_a_shell_understands(tmp_path: Path) -> None:
    option = "--customize-hook="
    hooks = [it.removeprefix(option) for it in host.debian("trixie", tmp_path, own=False) if it.startswith(option)]
    assert hooks
    for hook in hooks:
        subprocess.run(["sh", "-n", "-c", hook], check=True)
    (unit,) = (hook for hook in hooks if "pages.service" in hook and "printf" in hook)
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    subprocess.run(["sh", "-c", unit, "exec", str(tmp_path)], check=True)
    assert "ExecStart=/home/visitor/checkout/.venv/" in (tmp_path / "etc/systemd/system/pages.service").read_text()


@pytest.mark.parametrize(
    ("flags", "device", "usable"),
    [("fpu vmx", True, True), ("svm", True, True), ("fpu", True, False), ("vmx", False, False)],
)
def test_a_device_without_the_feature_is_not_used(tmp_path: Path, flags: str, device: bool, usable: bool) -> None:
    (tmp_path / "cpuinfo").write_text(f"flags\t\t: {flags}\n")
    if device:
        (tmp_path / "kvm").touch()
    assert host.virtual(tmp_path / "kvm", tmp_path / "cpuinfo") is usable


def test_a_place_is_entered_as_by_a_login() -> None:
    command = guest.login(Place("rootless podman", "visitor", "podman"), "make", "blocks")
    assert command[0] == "systemd-run"
    assert {"--uid=visitor", "--property=PAMName=su-l", "--setenv=LAB_ENGINE=podman"} <= set(command)
    assert command[-2:] == ["make", "blocks"]


@pytest.mark.parametrize(
    ("status", "outcomes", "good", "said"),
    [
        (0, ["passed", "exempt", "passed"], True, "2 of 2 blocks passed"),
        (1, ["passed", "passed"], False, "2 of 2 blocks passed"),
        (0, ["passed", "failed"], False, "1 of 2 blocks passed"),
        (0, ["exempt"], False, "0 of 0 blocks passed"),
        (0, [], False, "0 of 0 blocks passed"),
        (2, None, False, "no results (make ended with 2)"),
    ],
)
def test_a_run_is_good_when_blocks_passed_and_all_did(
    tmp_path: Path, status: int, outcomes: list[str] | None, good: bool, said: str
) -> None:
    results = tmp_path / "results.json"
    if outcomes is not None:
        results.write_text(json.dumps({"blocks": [{"outcome": outcome} for outcome in outcomes]}))
    assert guest.verdicts(status, results) == (good, said)


@pytest.mark.parametrize(
    ("said", "good"),
    [
        (REFUSED, True),
        (REFUSED.replace("26.1.5+dfsg1", "28.5.2"), False),
        ("make: docker does not answer: no such file", False),
        ("make: podman cannot limit a machine's memory and processes here", False),
    ],
)
def test_only_a_docker_that_is_too_old_is_refused_rightly(
    monkeypatch: pytest.MonkeyPatch, said: str, good: bool
) -> None:
    monkeypatch.setattr(guest, "_passed_on", lambda _: (1, ["a machine boots", said]))
    row = guest.tried(DOCKER)
    assert (row.came, row.good) == (said, good)


def test_a_page_that_ran_before_is_not_taken_for_this_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    results.write_text('{"blocks": [{"outcome": "passed"}]}')
    monkeypatch.setattr(guest, "RESULTS", results)
    answers = iter([(0, ["podman 5.4.2, v2; boots"]), (0, [])])
    monkeypatch.setattr(guest, "_passed_on", lambda _: next(answers))
    row = guest.tried(PLACES[0])
    assert not row.good
    assert row.versions == "podman 5.4.2, v2; boots"
    assert row.came.startswith("no results")


def test_what_a_host_did_not_reach_is_told() -> None:
    reached = Row(PLACES[0].name, "make blocks", "podman 5.4.2", "11 of 11 blocks passed in 4 min", good=True)
    told = f"== podman as root\r\nROW {json.dumps(vars(reached))}\r\n== rootless podman\r\nkilled\r\n"
    found = host.rows("trixie", told)
    assert [(row.place, row.good, row.host) for row in found] == [
        (place.name, place is PLACES[0], "trixie") for place in PLACES
    ]
    assert host.table(found).splitlines()[2:4] == [
        "| trixie | podman as root | `make blocks` | podman 5.4.2 | 11 of 11 blocks passed in 4 min |",
        "| trixie | rootless podman |  |  | not reached |",
    ]


@pytest.mark.parametrize("end", [KeyboardInterrupt(), patience.FailedError("mmdebstrap failed:\nE: no")])
def test_only_logs_are_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: BaseException) -> None:
    def made(_: str, folder: Path, *, own: bool) -> None:
        (folder / "root/etc").mkdir(parents=True)
        for name in ("checkout.tar", "image.tar", "disk", "told.log"):
            (folder / name).touch()
        raise end

    monkeypatch.setattr(host, "BUILD", tmp_path)
    monkeypatch.setattr(host, "made", made)
    with pytest.raises((KeyboardInterrupt, host.HostError)):
        host.tell("trixie")
    assert [path.name for path in (tmp_path / "trixie").iterdir()] == ["told.log"]


def test_a_host_may_be_silent_for_as_long_as_it_may_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    limits = []
    monkeypatch.setattr(host, "BUILD", tmp_path)
    monkeypatch.setattr(host, "made", lambda _, folder, **__: (folder / "told.log").touch())
    monkeypatch.setattr(patience, "run", lambda command, *_, **options: limits.append((options["limit"], command)))
    host.tell("trixie")
    ((silence, command),) = limits
    assert silence == host.LIMIT
    assert str(silence) in command


def test_without_root_it_is_said_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(host.HostError, match="sudo make test-hosts"):
        host.main("")


def test_the_hosts_that_may_be_typed_are_those_that_there_are() -> None:
    assert f"\nHOSTS  := {'|'.join(host.RELEASES)}\n" in (ROOT / "Makefile").read_text()


def test_a_place_has_what_the_one_before_has_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = set()
    monkeypatch.setattr("shutil.chown", lambda path, user: given.add((str(path.relative_to(tmp_path)), user)))
    (tmp_path / "build/engine").mkdir(parents=True)
    (tmp_path / "build/engine/states").touch()
    guest.hand_over(tmp_path / "build", "visitor")
    assert given == {(name, "visitor") for name in ("build", "build/engine", "build/engine/states")}


#: Prints limits: of the agent and of commands, then those that a page gives, that an engine's command has, and the word
#: that the agent in a machine is given.
ASKS = """
import subprocess
from lab import engine, machine
from lab.agent import limits
from runner import course
from snippets.manifest import Block

class Asked:
    def ask(self, what, **parameters):
        if "limit" in parameters:
            raise SystemExit(parameters["limit"])
        return {}

def told(*command, **options):
    raise SystemExit(options.get("timeout") or next(it for it in command[0] if "LAB_PATIENCE=" in it).split("=")[-1])

def limit(call, *arguments):
    try:
        call(*arguments)
    except SystemExit as end:
        return end.code

print(limits.BOOT, limits.PATIENCE, course.SECONDS)
block = Block("a.rst:5", "a", "a.rst", 5, "console", "transcript", "$ true", options={"limit": "30"})
print(limit(course.Course(Asked()).run, block))
subprocess.run, subprocess.Popen = told, told
podman = engine.Engine("podman", "v2")
print(limit(podman, "ps"), limit(engine.Engine.probe, "podman"))
engine.Engine.__call__ = engine.Engine.check_room = lambda *_, **__: ""
print(limit(machine.Machine, podman, "image"))
"""


def test_all_limits_are_wider_by_one_word() -> None:
    bounds = []
    for slow in ("1", "3"):
        environment = os.environ | {"LAB_PATIENCE": slow, "PYTHONPATH": f"{ROOT}/_ext"}
        done = subprocess.run([sys.executable, "-c", ASKS], cwd=ROOT, env=environment, capture_output=True, check=True)
        bounds.append([float(it) for it in done.stdout.split()])
    assert len(bounds[0]) == 7
    assert bounds[1] == [3 * it for it in bounds[0]]


def test_no_check_is_given_wider_limits() -> None:
    lists = [ROOT / "Makefile", ROOT / ".ci/run", *(ROOT / ".github").rglob("*.yml"), ROOT / ".readthedocs.yaml"]
    assert not [path for path in lists if "LAB_PATIENCE" in path.read_text()]
