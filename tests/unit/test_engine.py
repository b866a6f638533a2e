"""Engines: what is asked of podman and docker, and what is made of their answers."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.engine import LABEL, Engine, EngineError
from lab.machine import Machine
from lab.rights import LARGEST

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
    assert refusal() == "LAB_ENGINE=lxc: it must be podman or docker"


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
        ("podman", "hello", "", "podman answers, but not as podman should: JSONDecodeError"),
        ("podman", DOCKER, "", "podman answers, but not as podman should: KeyError('host')"),
        ("docker", PODMAN, "", "docker answers, but not as docker should: KeyError('ServerVersion')"),
        ("docker", {"ServerErrors": ["Is the docker daemon running?"]}, "",
         "docker does not answer: Is the docker daemon running?"),
        ("docker", DOCKER | {"ServerVersion": "26.1.5+dfsg1"}, "",
         "docker 26.1.5+dfsg1 cannot boot the lab on control groups v2: it needs Docker Engine 28.0 or newer "
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
    assert refusal().startswith(f"{name} cannot limit a machine's memory and processes here (control groups v")
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


def test_a_runtime_that_cannot_run_here_is_told_with_what_to_type(fake: Fake) -> None:
    said = "error running container: from /usr/bin/crun: cgroups in hybrid mode not supported, drop all controllers"
    fake("podman", "", f"echo '{said}' >&2; exit 126")
    engine = Engine("podman", "v1")
    for typed in (engine, lambda _: engine.shown("build", prefix="")):
        with pytest.raises(EngineError, match=r"hybrid mode(.*\n)+.*sudo apt-get install runc"):
            typed("run")


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
