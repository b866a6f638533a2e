"""The engine: podman or docker, through its command line.

One class for both. What they do differently stands in ``rights.BOOT`` and ``Engine.find``.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from lab import patience, rights
from lab.agent.limits import SLOW
from lab.errors import UserError
from lab.owner import gone, owner, scratch

#: Bytes and files for which room stays on the disk that holds the machines: an engine cannot bound what one takes.
ROOM, FILES = 1 << 30, 1 << 16
#: The first Docker Engine that takes ``writable-cgroups``: any before it boots systemd with all rights only.
_DOCKER_ON_V2 = 28

#: Marks everything that this project makes in an engine.
LABEL = "very-short-mod-wsgi"


class EngineError(UserError):
    """The engine is missing, or did not do what it was asked; the message says what to do."""


@dataclass(frozen=True)
class Engine:
    """One working engine: its command, the control groups' version, whether it can set bounds, where it stores.

    ``cores`` is how many a machine may keep busy; 0 where the engine cannot bound them.
    """

    name: str
    cgroups: str
    bounded: bool = True
    store: str = ""
    cores: int = 0

    @classmethod
    def find(cls) -> Engine:
        """Return podman or else docker, whichever answers; ``LAB_ENGINE`` names one.

        :raises EngineError: none is installed, none answers, or it cannot enforce the bounds
        """
        wanted = os.environ.get("LAB_ENGINE")
        if wanted not in (None, "", "podman", "docker"):
            raise EngineError(f"LAB_ENGINE={wanted}: it must be podman or docker")
        faults = []
        for name in [wanted] if wanted else ["podman", "docker"]:
            if shutil.which(name):
                try:
                    return cls.probe(name)
                except EngineError as error:
                    faults.append(str(error))
        missing = f"{wanted} is not installed" if wanted else "neither podman nor docker is installed"
        what = "; ".join(faults) or missing
        if way_out := _way_out(bool(faults)):
            what += f"{'' if what.endswith(('.', '?')) else '.'} {way_out}"
        raise EngineError(what)

    @classmethod
    def probe(cls, name: str) -> Engine:
        """Ask an engine what it can do.

        :raises EngineError: it does not answer, or cannot enforce the bounds
        """
        try:
            read = subprocess.run(
                [name, "info", "--format", "json" if name == "podman" else "{{json .}}"],
                capture_output=True, text=True, timeout=30 * SLOW, check=True,
            )  # fmt: skip
            info = json.loads(read.stdout)
            if name == "podman":
                host = info["host"]
                cgroups = host["cgroupVersion"]
                bounded = {"memory", "pids"} <= set(host["cgroupControllers"])
                bounded = bounded and (cgroups == "v2" or not host["security"]["rootless"])
                cores = min(rights.CORES, host.get("cpus", 0)) if bounded and "cpu" in host["cgroupControllers"] else 0
                store = info.get("store", {}).get("graphRoot", "")
            elif info.get("ServerErrors"):
                raise EngineError(f"docker does not answer: {info['ServerErrors'][0]}")
            else:
                cgroups = f"v{info.get('CgroupVersion', '1')}"
                version = info["ServerVersion"]
                if cgroups == "v2" and int(version.partition(".")[0]) < _DOCKER_ON_V2:
                    raise EngineError(
                        f"docker {version} cannot boot the lab on control groups v2: it needs Docker Engine "
                        f"{_DOCKER_ON_V2}.0 or newer (Debian 13's docker.io is 26.1)"
                    )
                bounded = bool(info["MemoryLimit"] and info["PidsLimit"])
                # More than it has is refused.
                cores = min(rights.CORES, info.get("NCPU", 0)) if info.get("CpuCfsQuota") else 0
                store = info.get("DockerRootDir", "")
        except (OSError, subprocess.SubprocessError) as error:
            raise EngineError(f"{name} does not answer: {_said(error)}") from error
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise EngineError(f"{name} answers, but not as {name} should: {error!r}") from error
        if not bounded and os.environ.get("LAB_UNBOUNDED") != "1":
            raise EngineError(
                f"{name} cannot limit a machine's memory and processes here (control groups {cgroups}). "
                "Run as root, or accept it with LAB_UNBOUNDED=1"
            )
        return cls(name, cgroups, bounded, store, cores)

    def __call__(self, *arguments: str, timeout: float = 60, stdin: bytes | None = None, quiet: bool = False) -> str:
        """Run an engine command and return its output.

        It has a session of its own: a Ctrl-C is for us, and we decide what it ends.

        :param timeout: seconds
        :param quiet: a failure is no error, nor is it one that the command does not end
        :raises EngineError: the command fails or does not end
        """
        try:
            done = subprocess.run(
                [self.name, *arguments],
                capture_output=True,
                input=stdin,
                timeout=timeout * SLOW,
                start_new_session=True,
                cwd=scratch(),
                check=not quiet,
            )
        except (OSError, subprocess.SubprocessError) as error:
            if quiet:
                return ""
            raise EngineError(f"{self.name} {arguments[0]}: {_said(error)}") from error
        return done.stdout.decode(errors="replace").strip()

    def shown(self, *arguments: str, prefix: str, shows: str = r"(\[\d/\d\] )?(STEP|Step) ") -> None:
        """Run a long engine command, passing on what it says.

        :param shows: the beginning of the lines that are passed on, a regular expression
        :raises EngineError: the command fails, or says nothing for too long; the message has its last lines
        """
        # Docker's own builder: the newer one is a plugin.
        builder = {"DOCKER_BUILDKIT": "0"}
        try:
            patience.run([self.name, *arguments], shows, prefix=prefix, environment=builder)
        except patience.FailedError as error:
            raise EngineError(f"{error}{_runtime(str(error))}") from None

    def check_room(self) -> None:
        """See that there is room on the disk that holds images and machines, as far as it is a disk of this host.

        :raises EngineError: there is too little
        """
        with contextlib.suppress(FileNotFoundError, PermissionError):
            disk = os.statvfs(self.store)
            few = ""
            if disk.f_bavail * disk.f_frsize < ROOM:
                few = f"less than {ROOM >> 20} MiB are free"
            elif disk.f_files and disk.f_favail < FILES:  # some file systems have no number of files
                few = f"there is room for fewer than {FILES} files"
            if few:
                raise EngineError(
                    f"{few} on the disk of {self.store}, where {self.name} keeps machines: make room there"
                )

    def exists(self, image: str) -> bool:
        """Tell whether an image is there."""
        # Not `image ls`: it fails while another process removes one of the images that it lists.
        return bool(self("image", "inspect", "--format={{.Id}}", image, quiet=True))

    def run_command(self, image: str, name: str) -> list[str]:
        """Return the arguments that boot a machine: no network, bounded, with few rights."""
        return [
            "run",
            "--detach",
            "--rm",
            f"--name={name}",
            f"--label={LABEL}=machine",
            f"--label={LABEL}.owner={label(owner())}",
            "--hostname=lab",
            "--network=none",
            "--sysctl=net.ipv4.ip_unprivileged_port_start=1024",  # docker would let everybody have port 80
            "--pull=never",
            "--stop-timeout=0",  # nothing in a machine is worth waiting for when it is removed
            *rights.options(self.name, self.cgroups, self.bounded, self.cores),
            image,
        ]

    def labelled(self, what: str, *, images: bool = False) -> Sequence[dict[str, str]]:
        """List our machines or images: their ``id``, first ``tag``, all ``tags`` and ``owner``."""
        listing = ("image", "ls", "--all") if images else ("ps", "--all")
        ids = self(*listing, "--quiet", "--no-trunc", f"--filter=label={LABEL}={what}").split()
        # All in one call, which tells of the others if one has gone meanwhile: each call takes 40 ms.
        read = self("inspect", *dict.fromkeys(ids), quiet=True) if ids else ""
        found = []
        for row in json.loads(read) if read else []:
            labels = row["Config"].get("Labels") or {}
            tags = row.get("RepoTags") or [""]
            whose = unquote(labels.get(f"{LABEL}.owner", ""), errors="surrogateescape")
            found.append({"id": row["Id"], "tag": tags[0], "tags": " ".join(tags), "owner": whose})
        return found

    def remove(self, machine: str) -> None:
        """Remove a machine, running or not. One that is gone already is as good.

        :raises EngineError: it is still there
        """
        try:
            self("rm", "--force", "--volumes", machine)
        except EngineError:
            # It has ended by itself, and is being removed, or will be: it was started with --rm. Or podman's monitor of
            # it is gone: then the first call ends the machine, fails for want of the monitor, and the next removes it.
            until = time.monotonic() + 10
            while self("ps", "--all", "--quiet", f"--filter=name={machine}", f"--filter=label={LABEL}=machine"):
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
                self("rm", "--force", "--volumes", machine, quiet=True)

    def sweep(self) -> None:
        """Remove the machines of runners that are gone."""
        for machine in self.labelled("machine"):
            if gone(machine["owner"]):
                self("rm", "--force", "--volumes", machine["id"], quiet=True)


def _way_out(there: bool) -> str:
    """Say what to do where no engine works, or none is there."""
    if platform.system() == "Darwin":
        return "Start one: podman machine start, or Docker Desktop" if there else "Install Podman or Docker Desktop"
    if shutil.which("podman"):
        return ""  # what it says is all there is to say
    return f"{'Or, on' if there else 'On'} Debian or Ubuntu: sudo apt-get install podman"


def label(value: str) -> str:
    """Write a label's value so that no engine takes it for more than one word: each unquotes in its own way."""
    return quote(value, safe="/:", errors="surrogateescape")


def _said(error: Exception) -> str:
    """Return the line that matters of a failed command."""
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer after {error.timeout:.0f} s"
    if isinstance(error, subprocess.CalledProcessError):
        said = error.stderr.decode(errors="replace") if isinstance(error.stderr, bytes) else error.stderr
        lines = [line for line in (said or "").split("\n") if line.strip() and "--help'" not in line]
        return f"{lines[-1].strip()}{_runtime(lines[-1])}" if lines else f"exit status {error.returncode}"
    return str(error)


def _runtime(said: str) -> str:
    """Say what to do where the runtime that podman prefers cannot run; or nothing."""
    if "cgroups in hybrid mode not supported" not in said:
        return ""
    return "\ncrun does not run with both versions of control groups: sudo apt-get install runc, then remove crun"
