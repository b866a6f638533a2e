"""``make test-hosts``: a page of the tutorial on hosts with control groups v2, which this machine may not have.

Each host is a virtual machine: a Debian with engines and this checkout, made by mmdebstrap, booted by QEMU. It has no
network; what its places need is on its disk (``tools/hosts/guest.py`` is what it runs). Where the processor's own
virtualization is not at hand, QEMU emulates one, which is many times slower. Logs stay in ``build/hosts``, no more.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from lab import image, patience
from lab.engine import Engine
from lab.errors import UserError
from project import ROOT
from tools import cli, needs
from tools.hosts.guest import IMAGE, PLACES, PREFIX, USER, Row

BUILD = ROOT / "build/hosts"
#: Debian releases that a host may be. The first has a docker that is too old for the lab, the second one that is not.
RELEASES = ("trixie", "forky")
#: A Debian with what the README asks for, the engine as it is installed when a person types the command that we name,
#: and docker. With podman come what it recommends for use without root: uidmap, dbus-user-session, passt.
PACKAGES = (
    "linux-image-amd64", "systemd-sysv", "udev", "dbus", "libpam-systemd", "passwd", "sudo", "procps", "iproute2",
    "python3", "python3-venv", "make", "git",
    *needs.PACKAGES["engine"][0], "crun", "uidmap", "dbus-user-session", "passt",
    "docker.io", "docker-cli",
)  # fmt: skip
HOME = f"/home/{USER}/checkout"
LIMIT = 3 * 3600  # seconds for a host, emulated beside other work
ROOM = 8 << 30  # bytes on the disk
#: An emulated processor is that much slower, and so the lab's limits that much wider.
EMULATED = 40
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

UNIT = """\
[Unit]
Description=The tutorial's page in each place
After=multi-user.target docker.service
SuccessAction=poweroff-force
FailureAction=poweroff-force

[Service]
Type=oneshot
TimeoutStartSec=infinity
WorkingDirectory={home}
Environment=PYTHONUTF8=1 PYTHONPATH=_ext LAB_PATIENCE={patience}
ExecStart={home}/.venv/bin/python -m tools.hosts.guest
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1

[Install]
WantedBy=graphical.target
"""


class HostError(UserError):
    """A host cannot be made, or has not told what it should; the message says why."""


def virtual(kvm: Path = Path("/dev/kvm"), processor: Path = Path("/proc/cpuinfo")) -> bool:
    """Tell whether this processor's own virtualization is at hand: a device without the feature may not work."""
    flags = processor.read_text().split() if processor.exists() else []
    return os.access(kvm, os.R_OK | os.W_OK) and not {"vmx", "svm"}.isdisjoint(flags)


def reaching(configuration: str) -> list[str]:
    """Return the options with which an archive is reached as by this machine's apt: by a proxy, or whatever its age."""
    wanted = re.compile(r"Acquire::(https?::|Check-)")
    return [f"--aptopt={line}" for line in configuration.splitlines() if wanted.match(line)]


def debian(release: str, folder: Path, reach: Sequence[str] = (), *, own: bool) -> list[str]:
    """Return the command that makes a host's file system in a folder, of the checkout and the image there."""
    unit = UNIT.format(home=HOME, patience=1 if own else EMULATED)
    hooks = [
        f'chroot "$1" useradd --create-home --shell /bin/bash {USER}',
        f'mkdir "$1"{HOME}',
        f'tar --extract --file checkout.tar --directory "$1"{HOME}',
        f'cp image.tar "$1"{IMAGE}',
        # Where this machine's network has certificates of its own, pip needs them there too.
        f'cp {CERTIFICATES} "$1"{CERTIFICATES}' if CERTIFICATES.exists() else "",
        f'chroot "$1" chown -R {USER}: /home/{USER}',
        f'chroot "$1" runuser -u {USER} -- env -u MAKEFLAGS HOME=/home/{USER} make -C {HOME} .venv/ready manifest',
        f"printf '%s' {shlex.quote(unit)} > \"$1\"/etc/systemd/system/pages.service",
        'chroot "$1" systemctl enable pages.service',
        'chroot "$1" systemctl set-default graphical.target',
    ]
    return [
        # In a namespace of its own: what it mounts is gone with it, and never in the way of what removes the folder.
        "env", f"--chdir={folder}", "nice", "-n", "15", "unshare", "--mount",
        "mmdebstrap", *reach, "--mode=root", "--variant=apt", f"--include={','.join(PACKAGES)},ca-certificates",
        *(f"--customize-hook={hook}" for hook in hooks if hook), release, "root",
    ]  # fmt: skip


def qemu(folder: Path, *, own: bool) -> list[str]:
    """Return the command that boots the host in a folder; ``own`` is whether the processor's virtualization does it."""
    # Emulated, string instructions of the newer kind take a step a byte.
    accelerator = ["-accel", "kvm", "-cpu", "max"] if own else [
        "-accel", "tcg,thread=multi", "-cpu", "max,erms=off,fsrm=off",
    ]  # fmt: skip
    return [
        "env", f"--chdir={folder}", "timeout", "--kill-after=10", str(LIMIT), "nice", "-n", "15",
        "qemu-system-x86_64", *accelerator, "-m", "4096", "-smp", "2", "-display", "none", "-nic", "none",
        "-no-reboot", "-kernel", "kernel", "-initrd", "initrd",
        "-append", "root=/dev/vda rw console=ttyS0 panic=-1 quiet mitigations=off",
        "-drive", "file=disk,if=virtio,format=raw,cache=unsafe",
        "-serial", "file:console.log",
        "-chardev", "file,id=told,path=/dev/stdout,logfile=told.log", "-serial", "chardev:told",
    ]  # fmt: skip


def made(release: str, folder: Path, *, own: bool) -> None:
    """Make a host's disk, and take its kernel out.

    :raises HostError: there is no room for it, or no checkout
    :raises FailedError: a tool failed
    """
    if shutil.disk_usage(folder).free < ROOM:
        raise HostError(f"less than {ROOM >> 30} GiB are free on the disk of {folder}, and a host needs more")
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        raise HostError(f"git does not list the files of this checkout: {listed.stderr.strip()}")
    with tarfile.open(folder / "checkout.tar", "w") as tar:
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).exists():
                tar.add(ROOT / name, name, recursive=False)
    engine = Engine.find()
    engine("save", f"--output={folder / 'image.tar'}", image.ensure(engine, image.DEFAULT), timeout=600)
    print(f"{release}: making a Debian, two to five minutes", flush=True)
    configuration = subprocess.run(["apt-config", "dump", "--no-empty"], capture_output=True, text=True, check=True)
    command = debian(release, folder, reaching(configuration.stdout), own=own)
    patience.run(command, "I: |Installing", prefix=f"{release}: ")
    root = folder / "root"
    for name, target in (("vmlinuz", "kernel"), ("initrd", "initrd")):
        shutil.copy(next((root / "boot").glob(f"{name}*")), folder / target)
    patience.run(["mkfs.ext4", "-q", "-F", "-d", str(root), str(folder / "disk"), "10G"], prefix=f"{release}: ")
    shutil.rmtree(root)


def tell(release: str) -> list[Row]:
    """Make a host, have it run its places, and return what it told.

    :raises HostError: it cannot be made, or told nothing
    """
    folder, own = BUILD / release, virtual()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        made(release, folder, own=own)
        print(f"{release}: booting, {'by the processor itself' if own else 'emulated: that takes hours'}", flush=True)
        # An emulated processor may be silent for long, and QEMU has its own time limit.
        patience.run(qemu(folder, own=own), rf"(?!{PREFIX})", prefix=f"{release}: ", limit=LIMIT)
    except patience.FailedError as error:
        raise HostError(f"{release}: {error}") from None
    finally:
        for name in ("checkout.tar", "image.tar", "root", "kernel", "initrd", "disk"):
            place = folder / name
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    return rows(release, (folder / "told.log").read_text(errors="replace"))


def rows(release: str, told: str) -> list[Row]:
    """Read a host's rows, and add one for each place that it did not reach."""
    lines = [line.removeprefix(PREFIX) for line in told.splitlines() if line.startswith(PREFIX)]
    found = {row.place: row for row in (Row(**json.loads(line)) for line in lines)}
    for place in PLACES:
        found.setdefault(place.name, Row(place.name, "", "", "not reached", good=False)).host = release
    return list(found.values())


def table(tried: Sequence[Row]) -> str:
    """Return the table of what was tried."""
    lines = ["| Host | Place | Command | Engine and machine | What came |", "|--|--|--|--|--|"]
    for row in tried:
        cells = (row.host, row.place, row.command and f"`{row.command}`", row.versions, row.came)
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines)


def main(wanted: str) -> int:
    """Try the host that the command line names, or all; return the exit status."""
    if wanted and wanted not in RELEASES:
        raise HostError(f"HOST={wanted}: it must be {' or '.join(RELEASES)}")
    if os.geteuid():
        raise HostError("a host's disk has files of several users, so run it as root: sudo make test-hosts")
    tried = [row for release in ([wanted] if wanted else RELEASES) for row in tell(release)]
    print(table(tried))
    return 0 if all(row.good for row in tried) else 1


if __name__ == "__main__":
    cli.run(main, "tools.hosts.host [RELEASE]")
