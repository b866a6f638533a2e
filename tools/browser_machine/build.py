"""``make browser-machine``: what runs in a reader's browser. In one piece: a script that is read from top to bottom.

It is made from Debian's packages and npm's.
An emulator (v86) runs it: Debian's 32-bit userland and kernel, its root over 9p from files that are fetched when they
are read. What readers get is saved states, one for each page that lessons start from: booted, with Apache running.
What comes out is in ``build/browser-machine/site``, and is made again when something that it is made from changes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shlex
import shutil
import stat
import subprocess
import tarfile
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from inbrowser.course import course
from lab.errors import UserError
from project import ROOT
from snippets.build import manifest
from tools import cli
from tools.browser_machine.pack import Reads, pack, union
from tools.browser_machine.python import python

HERE = Path(__file__).parent
SCRIPTS = ROOT / "_ext/inbrowser/static/inbrowser"
PLACE = ROOT / "build/browser-machine"
SITE = PLACE / "site"
NAMES = PLACE / "names.json"  # of the files in SITE, by their paths in the guest
RECORDED = ROOT / "snippets/recorded/browser.json"

RELEASE, KERNEL_RELEASE = "trixie", "bookworm"  # the last release with a 32-bit kernel
PACKAGES = (
    "apt", "systemd", "systemd-sysv", "dbus", "sudo", "python3", "procps", "iproute2", "less", "nano", "mount", "login",
    "passwd", "openssl", "curl", "apache2", "libapache2-mod-wsgi-py3",
)  # fmt: skip
UNUSED = ("doc", "man", "locale", "info", "i18n", "zoneinfo")  # of /usr/share
MASKED = (
    "systemd-logind.service", "getty.target", "serial-getty@ttyS0.service", "console-getty.service", "apt-daily.timer",
    "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "fstrim.timer", "systemd-update-utmp.service",
    "systemd-random-seed.service", "systemd-journal-flush.service", "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount", "dev-hugepages.mount", "dev-mqueue.mount", "systemd-modules-load.service",
    "systemd-sysctl.service",
    "systemd-tmpfiles-clean.timer", "systemd-tmpfiles-setup-dev.service", "systemd-tmpfiles-setup-dev-early.service",
    "modprobe@configfs.service", "modprobe@efi_pstore.service", "modprobe@fuse.service", "ldconfig.service",
    "systemd-journal-catalog-update.service", "systemd-update-done.service",
)  # fmt: skip
MODULES = (
    "virtio", "virtio_ring", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "netfs", "fscache",
    "9pnet", "9pnet_virtio", "9p", "virtio_console", "failover", "net_failover", "virtio_net",
)  # fmt: skip
#: The pages at whose end a state is saved, each starting from the one before.
STATES = ("install", "embedded-and-daemon")
LARGEST = 25 << 20  # bytes of a file that the strictest host known takes, Cloudflare Pages


class BuildError(UserError):
    """It cannot be made; the message says why."""


def build() -> Path:
    """Make what has changed, and return the folder that the site takes over.

    :raises BuildError: a tool fails
    """
    courses = _courses()
    digest = _digest(courses)
    made = SITE / "lab.json"
    if made.exists() and json.loads(made.read_text())["digest"] == digest:
        _packs()
        return SITE
    PLACE.mkdir(parents=True, exist_ok=True)
    for left in PLACE.glob("making-*"):  # by a run that was killed
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix="making-", dir=PLACE) as folder:
        place = Path(folder)
        with ThreadPoolExecutor() as pool:
            for done in [pool.submit(step, place) for step in (_root, _kernel, _packages)]:
                done.result()
        _files(place)
        (place / "courses.json").write_text(json.dumps(courses))
        for name in ("compare.js", "machine.js"):
            shutil.copy(SCRIPTS / name, place)
        shutil.copy(HERE / "make.js", place)
        _run("node", "make.js", "courses.json", place=place, shown=True)
        _site(place, digest)
    _packs()
    return SITE


def _courses() -> list[dict[str, Any]]:
    """Return what the pages do whose ends are saved; what they install is there already."""
    pages = manifest()
    found = []
    for name in STATES:
        blocks = [block for block in pages.of(f"tutorial/{name}") if "apt-get" not in block.text]
        found.append({"state": name, "course": course(blocks)})
    return found


def _digest(courses: list[dict[str, Any]]) -> str:
    content = hashlib.sha256(json.dumps(courses).encode())
    own = [path for path in HERE.rglob("*") if path.is_file() and not {"__pycache__", "pack.py"} & {*path.parts}]
    for path in sorted(own) + [SCRIPTS / name for name in ("compare.js", "machine.js")]:
        content.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return content.hexdigest()


# -- What it is made from ------------------------------------------------------------------------


def _root(place: Path) -> None:
    """Make the userland, as a tar file."""
    _say(f"making a 32-bit {RELEASE}, about 30 s")
    hooks = [
        f'tar -C {shlex.quote(str(HERE / "guest"))} --owner=0 --group=0 --mode=u+rwX,go+rX,go-w -c . | tar -C "$1" -x',
        'chroot "$1" useradd --create-home --shell /bin/bash reader',
        'echo lab >"$1"/etc/hostname; : >"$1"/etc/machine-id',
        'printf "127.0.0.1 localhost\\n127.0.1.1 lab\\n" >"$1"/etc/hosts',
        'chroot "$1" systemctl --quiet enable lab-terminal@hvc0 lab-terminal@hvc1 lab-control lab-network',
        'chroot "$1" systemctl set-default multi-user.target',
        f'chroot "$1" systemctl --quiet mask {" ".join(MASKED)}',
        'rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/var/log/apt "$1"/var/log/dpkg.log',
    ]
    _run(
        "mmdebstrap", "--quiet", "--arch=i386", "--variant=essential", f"--include={','.join(PACKAGES)}",
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in UNUSED),
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        *(f"--customize-hook={hook}" for hook in hooks),
        RELEASE, "root.tar", _mirror(),
        place=place,
    )  # fmt: skip


def _kernel(place: Path) -> None:
    """Take the kernel, the firmware to boot it, and make the initramfs."""
    _say(f"fetching {KERNEL_RELEASE}'s 32-bit kernel")
    unpacked = place / "kernel"
    _run(
        "mmdebstrap", "--quiet", "--arch=i386", "--variant=extract", "--include=linux-image-686,busybox-static,seabios",
        KERNEL_RELEASE, str(unpacked), _mirror(),
        place=place,
    )  # fmt: skip
    firmware = unpacked / "usr/share/seabios"
    shutil.copy(_one(unpacked, "boot/vmlinuz-*"), place / "vmlinuz")
    shutil.copy(firmware / "bios.bin", place / "bios.bin")
    shutil.copy(firmware / "vgabios-stdvga.bin", place / "vgabios.bin")
    tree = place / "initramfs"
    for name in ("bin", "dev", "modules", "proc", "root", "sys"):
        (tree / name).mkdir(parents=True)
    shutil.copy(_one(unpacked, "**/bin/busybox"), tree / "bin/busybox")
    for module in MODULES:
        shutil.copy(_one(unpacked, f"**/{module}.ko"), tree / "modules")
    (tree / "modules/order").write_text("\n".join(MODULES) + "\n")
    shutil.copy(HERE / "initramfs-init", tree / "init")
    (tree / "init").chmod(0o755)
    names = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*"))) + "\n"
    (place / "initrd").write_bytes(_run("cpio", "--quiet", "-o", "-H", "newc", place=tree, given=names.encode()))
    shutil.rmtree(unpacked)


def _one(folder: Path, pattern: str) -> Path:
    """Find the file that a package has.

    :raises BuildError: it has none of that name
    """
    if not (found := [path for path in folder.glob(pattern) if path.is_file()]):
        raise BuildError(f"no file {pattern} in {KERNEL_RELEASE}'s packages: have they changed?")
    return found[0]


def _packages(place: Path) -> None:
    """Take the emulator, the terminal and the browser's Python from npm, as locked."""
    _say("fetching the emulator, the terminal and Python")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, place)
    _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", place=place)


def _files(place: Path) -> None:
    """Write each file of the userland under the beginning of its digest, and the list of all, as v86 reads them."""
    _say("writing its files, about 40 s")
    folder = place / "files"
    folder.mkdir()
    top: list[Any] = []
    children, known, names, total = {"": top}, dict[str, str](), dict[str, str](), 0
    with tarfile.open(place / "root.tar") as tar:
        for member in tar:
            path = member.name.removeprefix("./").rstrip("/")
            parent, _, name = path.rpartition("/")
            if not path or parent.partition("/")[0] in ("dev", "proc", "run", "sys") or parent not in children:
                continue
            row: list[Any] = [name, 0, int(member.mtime), member.mode, member.uid, member.gid]
            if member.isdir():
                row[3] |= stat.S_IFDIR
                children[path] = []
                row.append(children[path])
            elif member.issym():
                row[3] |= stat.S_IFLNK
                row.append(member.linkname)
            elif (opened := tar.extractfile(member)) is not None:  # a hard link too
                data = opened.read()
                digest = hashlib.sha256(data).hexdigest()
                stored = digest[:8] + ".bin"
                if known.setdefault(stored, digest) != digest:  # the emulator allows names of eight letters only
                    raise BuildError(f"two files have the name {stored}: change a package, and with it the digests")
                (folder / stored).write_bytes(data)
                total += len(data)
                row[1], row[3] = len(data), row[3] | stat.S_IFREG
                row.append(f"{stored}.zst")
                names[f"/{path}"] = f"{stored}.zst"
            else:
                continue
            children[parent].append(row)
    (place / "fs.json").write_text(json.dumps({"fsroot": top, "version": 3, "size": total}))
    (place / NAMES.name).write_text(json.dumps(names))
    listed = "\0".join(path.name for path in folder.iterdir())
    _run(
        "xargs",
        "-0",
        "-P",
        str(os.cpu_count() or 1),
        "-n",
        "200",
        "zstd",
        "-q",
        "-15",
        "--rm",
        place=folder,
        given=listed.encode(),
    )


# -- What comes out ------------------------------------------------------------------------------


def _site(place: Path, digest: str) -> None:
    """Put together what the site takes over, each file that changes under a name of its own."""
    _say("compressing the states, about a minute")
    modules = place / "node_modules"
    out = place / "site"
    out.mkdir()
    with ThreadPoolExecutor() as pool:
        compressed = list(pool.map(lambda name: _compressed(place / f"{name}.state"), STATES))
    lab: dict[str, Any] = {"digest": digest, "states": {}, "versions": _versions(place)}
    for name, data in zip(STATES, compressed, strict=True):
        whole = hashlib.sha256(data).hexdigest()
        lab["states"][name] = {"file": _keep(out, f"{name}.bin.zst", data), "bytes": len(data), "sha256": whole}
    code = gzip.compress((modules / "v86/build/v86.wasm").read_bytes(), mtime=0)
    lab["wasm"] = _keep(out, "v86.bin", code)  # by a name for which no server says how it is compressed
    for name, path in {
        "emulator": modules / "v86/build/libv86.mjs",
        "terminal": modules / "@xterm/xterm/lib/xterm.mjs",
        "fit": modules / "@xterm/addon-fit/lib/addon-fit.mjs",
        "style": modules / "@xterm/xterm/css/xterm.css",
    }.items():
        lab[name] = _keep(out, path.name.replace(".mjs", ".js"), path.read_bytes())
    lab["python"] = python(modules / "pyodide", out)
    (out / "licences").mkdir()
    for name in ("v86", "@xterm/xterm", "@xterm/addon-fit"):
        shutil.copy(modules / name / "LICENSE", out / "licences" / f"{name.rpartition('/')[2]}.txt")
    lab["others"] = sum(path.stat().st_size for path in out.iterdir() if path.is_file()) - sum(
        map(len, compressed)
    )  # bytes
    shutil.move(place / "files", out / "files")
    (out / "lab.json").write_text(json.dumps(lab, indent=1) + "\n")
    if large := [path.name for path in out.rglob("*") if path.is_file() and path.stat().st_size > LARGEST]:
        raise BuildError(f"too large for some hosts: {', '.join(large)}")
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.move(out, SITE)
    shutil.move(place / NAMES.name, NAMES)
    size = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file())
    _say(f"made: {size / 1e6:.0f} MB, the states {' and '.join(f'{len(data) / 1e6:.1f}' for data in compressed)} MB")


def _packs() -> None:
    """Make a pack for each state of what was read by the lessons that start there, if that has changed."""
    made = SITE / "lab.json"
    lab = json.loads(made.read_text())
    lessons = json.loads(RECORDED.read_text())["lessons"] if RECORDED.exists() else {}
    pages = manifest().pages
    packs: dict[str, dict[str, Any]] = {}
    for state in STATES:
        names = [page.page.partition("/")[2] for page in pages if page.starts_from == f"tutorial/{state}"]
        reads: Reads = union(lessons[name].get("reads", {}) for name in names if name in lessons)
        digest = hashlib.sha256((HERE / "pack.py").read_bytes() + json.dumps(reads).encode()).hexdigest()
        old = lab.get("packs", {}).get(state)
        if old and old["digest"] == digest:
            packs[state] = old
        elif reads:
            _say(f"packing what lessons from {state} read")
            data, size = pack(SITE / "files", json.loads(NAMES.read_text()), reads)
            row = {"file": _keep(SITE, f"{state}-files.bin.zst", data), "bytes": len(data), "size": size}
            packs[state] = row | {"sha256": hashlib.sha256(data).hexdigest(), "digest": digest}
    if packs == lab.get("packs", {}):
        _say("nothing has changed")
        return
    for old in lab.get("packs", {}).values():
        if old not in packs.values():
            (SITE / old["file"]).unlink()
    new = made.with_suffix(".new")  # a site may have the old one, as the same file
    new.write_text(json.dumps(lab | {"packs": packs}, indent=1) + "\n")
    new.replace(made)


def _compressed(state: Path) -> bytes:
    return _run("zstd", "-q", "--ultra", "-22", "--long=27", "-c", state.name, place=state.parent)


def _keep(folder: Path, name: str, data: bytes) -> str:
    """Write a file under its name and the beginning of its digest, so that it can be cached for ever."""
    stem, dot, rest = name.partition(".")
    named = f"{stem}-{hashlib.sha256(data).hexdigest()[:12]}{dot}{rest}"
    (folder / named).write_bytes(data)
    return named


def _versions(place: Path) -> dict[str, str]:
    lines = (place / "versions").read_text().splitlines()
    found = dict(zip(("kernel", "debian", "apache", "python", "mod_wsgi"), lines, strict=True))
    locked = json.loads((HERE / "package.json").read_text())["dependencies"]
    found["apache"] = found["apache"].partition("/")[2].partition(" ")[0]
    found["python"] = found["python"].partition(" ")[2]
    return found | {"v86": locked["v86"], "xterm": locked["@xterm/xterm"], "pyodide": locked["pyodide"]}


# -- Tools ---------------------------------------------------------------------------------------


def _mirror() -> str:
    """Return the address of Debian's archive: what ``MIRROR`` says, or where this machine has its own packages from.

    With no more than an address mmdebstrap finds the archive's key too, where apt does not know it.

    :raises BuildError: they are not Debian's
    """
    if named := os.environ.get("MIRROR"):
        return named
    form = ("--format", "$(LABEL) $(REPO_URI)", "Identifier: Packages")
    rows = [row.rsplit(" ", 1) for row in _run("apt-get", "indextargets", *form, place=HERE).decode().splitlines()]
    found = next((uri for label, uri in rows if label == "Debian"), None)
    if not found:
        raise BuildError(
            "apt knows no packages of Debian's here, which the machine is made from: is apt-get update due? "
            "Or name a mirror of its archive: MIRROR=…"
        )
    return found


def _run(*command: str, place: Path, given: bytes | None = None, shown: bool = False) -> bytes:
    """Run a tool and return what it writes; ``shown`` has it write to the terminal.

    :raises BuildError: it fails; the message is its last lines
    """
    out = None if shown else subprocess.PIPE
    done = subprocess.run(
        command, cwd=place, input=given, stdout=out, stderr=None if shown else subprocess.PIPE, check=False
    )
    if done.returncode:
        last = (done.stderr or b"").decode(errors="replace").strip().split("\n")[-8:]
        raise BuildError("\n".join([f"{command[0]} failed:", *last] if any(last) else [f"{command[0]} failed"]))
    return done.stdout or b""


def _say(what: str) -> None:
    print(f"browser-machine: {what}", flush=True)


def main() -> int:
    """Make the machine, if what it is made from has changed; return the exit status."""
    began = time.monotonic()
    build()
    _say(f"{time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    cli.run(main, "tools.browser_machine.build", OSError, ValueError)
