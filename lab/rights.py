"""What a machine may do, and what it may use: no more than a page needs."""

from __future__ import annotations

import resource

#: What a machine may use. A page that needs more has a fault.
BOUNDS = ("--memory=1g", "--pids-limit=300")

#: The largest file that a machine may write: a page that writes a larger one has a fault.
LARGEST = 1 << 29
#: Cores that a machine may keep busy, where its engine can bound them.
CORES = 2

#: What systemd and sudo, Apache and its daemon processes need, and nothing else.
CAPABILITIES = (
    "chown", "dac_override", "fowner", "fsetid", "kill", "net_bind_service",
    "setgid", "setpcap", "setuid", "sys_chroot",
)  # fmt: skip

#: What a machine keeps in memory, as Debian mounts it, but smaller: it is the host's.
MOUNTS = (
    "--tmpfs=/run:rw,nosuid,nodev,exec,mode=755,size=64m",
    "--tmpfs=/run/lock:rw,nosuid,nodev,noexec,mode=1777,size=5m",
    "--tmpfs=/tmp:rw,nosuid,nodev,exec,mode=1777,size=256m",
)

#: What docker needs besides: it writes no hosts entry for a machine without a
#: network, at which sudo complains, and lets sudo open the audit socket, so that sudo wants to write there.
DOCKER = ("--add-host=lab:127.0.1.1", "--cap-add=audit_write")

#: How each engine boots systemd: the least that works, by engine and version of control groups.
BOOT = {
    ("podman", "v1"): ("--systemd=always",),
    ("podman", "v2"): ("--systemd=always",),
    ("docker", "v1"): ("--volume=/sys/fs/cgroup:/sys/fs/cgroup:ro", *DOCKER),
    ("docker", "v2"): ("--cgroupns=private", "--security-opt=writable-cgroups=true", *DOCKER),
}


def options(engine: str, cgroups: str, bounded: bool, cores: int) -> list[str]:
    """Return an engine's options for a machine.

    :param cgroups: the version of control groups, ``v1`` or ``v2``
    :param bounded: whether the engine can bound memory and processes
    :param cores: how many a machine may keep busy; 0 where the engine cannot bound them
    """
    return [
        "--cap-drop=all",
        *(f"--cap-add={capability}" for capability in CAPABILITIES),
        *(f"--ulimit={name}={limit}:{limit}" for name, limit in _limits().items()),
        *(BOUNDS if bounded else ()),
        *([f"--cpus={cores}"] if cores else ()),
        *MOUNTS,
        *BOOT[engine, cgroups],
    ]


def _limits() -> dict[str, int]:
    """Return what a machine may have. Asking for more than this process may have is refused, as is the default."""
    wanted = {"nofile": 65536, "nproc": 4096, "fsize": LARGEST}
    hard = {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name.upper()}"))[1] for name in wanted}
    return {
        name: limit if hard[name] == resource.RLIM_INFINITY else min(limit, hard[name])
        for name, limit in wanted.items()
    }
