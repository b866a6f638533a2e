"""The images that machines boot: each built once, and again when something in it changes."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab import original, patience
from lab.engine import LABEL, Engine, EngineError
from lab.machine import Machine, MachineError
from lab.owner import scratch

HERE = Path(__file__).parent / "images"
BASE = "docker.io/library/debian:{}-slim"
LOCAL_BASE = "localhost/lab-base:{}"
#: What has pip fetch sources. mod_wsgi's set-up asks for an apxs before it says its name; nothing is built here, so any
#: program will do.
SOURCES = ("--no-binary=:all:", "--no-deps")
NO_APXS = {"APXS": shutil.which("true") or "true"}


@dataclass(frozen=True)
class Lab:
    """What a lab's image is made of: a Debian release, its Python, and the files that change it when they change.

    A lab ``onto`` another is built on top of its image.
    """

    release: str
    python: str
    containerfile: str
    files: tuple[str, ...]
    onto: str = ""


_DEBIAN = ("archive.sh", "archive.txt", "packages.txt", "wheels.txt", "sdists.txt", "files")
LABS = {
    "trixie": Lab("trixie", "3.13", "Containerfile", _DEBIAN),
    "bookworm": Lab("bookworm", "3.11", "Containerfile", _DEBIAN),
    "mod_wsgi-6": Lab("trixie", "3.13", "Containerfile.mod_wsgi-6", (), onto="trixie"),
}
DEFAULT = "trixie"


def labs(wanted: str) -> tuple[str, ...]:
    """Return the labs that ``LAB=…`` names.

    :raises EngineError: there is no such lab
    """
    if wanted == "all":
        return tuple(LABS)
    if wanted not in LABS:
        raise EngineError(f"LAB={wanted}: it must be {', '.join(LABS)} or all")
    return (wanted,)


def _inputs(lab: Lab) -> Iterator[Path]:
    for name in (lab.containerfile, *lab.files):
        path = HERE / name
        yield from sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def tag(name: str) -> str:
    """Name a lab's image by what it is made of: the day of Debian's archive, and a digest of all else.

    The day is that of ``archive.txt``, or the later one that an image of this digest had to be made from here.
    """
    digest = _digest(name)
    return _tag(name, _made().get(digest) or _wanted(), digest)


def _tag(name: str, day: str, digest: str) -> str:
    return f"localhost/lab:{name}-{day.replace('-', '')}-{digest}"


def _digest(name: str) -> str:
    lab = LABS[name]
    content = hashlib.sha256((_digest(lab.onto) if lab.onto else lab.release).encode())
    for path in _inputs(lab):
        content.update(f"{path.relative_to(HERE)}\0".encode() + path.read_bytes() + b"\0")
    return content.hexdigest()[:12]


def _wanted() -> str:
    return (HERE / "archive.txt").read_text().strip()


def _made() -> dict[str, str]:
    """Return the days of the archives that images were made from, by digest, where they are not the wanted ones."""
    try:
        return dict(json.loads((scratch() / "archives.json").read_text()))
    except (OSError, ValueError):
        return {}


def _note(name: str, day: str) -> str:
    """Remember what a lab's image was made from, and return its name."""
    digest, wanted = _digest(name), _wanted()
    if day != wanted:
        _say(f"lab: the archive of {wanted} cannot be fetched: {name} is made from that of {day}, so a page may differ")
        (scratch() / "archives.json").write_text(json.dumps(_made() | {digest: day}, indent=1) + "\n")
    return _tag(name, day, digest)


def ensure(engine: Engine, name: str) -> str:
    """Return the name of a lab's image, which is built, and booted once, if it is not there.

    An older one stays: another checkout may be running on it.

    :raises EngineError: the base cannot be had, the build fails, or the engine cannot boot what was built
    """
    image = tag(name)
    if engine.exists(image):
        return image
    if day := _day_of_another(engine, name):
        return _note(name, day)
    identity = _build(engine, name)
    image = _note(name, _boot(engine, identity))
    engine("tag", identity, image)
    _say(f"lab: built {image}")
    return image


def _day_of_another(engine: Engine, name: str) -> str:
    """Return the day of the newest image that is made of the same otherwise, or nothing."""
    tags = " ".join(row["tags"] for row in engine.labelled("image", images=True))
    found = re.findall(rf"localhost/lab:{name}-(\d{{4}})(\d\d)(\d\d)-{_digest(name)}\b", tags)
    return "-".join(max(found, default=()))


def _build(engine: Engine, name: str) -> str:
    """Build an image without a name; return its identity.

    :raises EngineError: it cannot be built
    """
    lab = LABS[name]
    with ExitStack() as stack:
        if lab.onto:
            arguments = [f"LAB={ensure(engine, lab.onto)}"]
        else:
            base = stack.enter_context(_base(engine, lab.release))
            arguments = [f"BASE={base}", f"ARCHIVE={_wanted()}"]
        context = stack.enter_context(tempfile.TemporaryDirectory(prefix="lab-"))
        for path in _inputs(lab):
            copy = Path(context, path.relative_to(HERE))
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        if not lab.onto:
            fetch_wheels(lab, Path(context, "pip"))
            fetch_sdists(Path(context, "pip"))
        identity = Path(context, "identity")
        engine.shown(
            "build",
            "--network=host",
            "--force-rm",
            *(f"--build-arg={argument}" for argument in arguments),
            f"--label={LABEL}=image",
            f"--iidfile={identity}",
            f"--file={context}/{lab.containerfile}",
            context,
            prefix=f"lab: {name}: ",
        )
        return identity.read_text().strip()


def _boot(engine: Engine, identity: str) -> str:
    """Boot a new image once, and return the day of its archive: an engine that cannot is found before any page is.

    :raises EngineError: it does not boot; the image is removed
    """
    try:
        with Machine(engine, identity):
            pass
    except (EngineError, MachineError) as error:
        engine("rmi", identity, quiet=True)
        raise EngineError(
            f"{engine.name} built the lab but cannot boot it (control groups {engine.cgroups}): {error}. "
            "Try the other engine: LAB_ENGINE=podman or LAB_ENGINE=docker"
        ) from error
    return original.versions(engine, identity)["archive"]


def fetch_wheels(lab: Lab, folder: Path) -> None:
    """Fetch the wheels of ``wheels.txt`` that fit a lab's Python.

    :raises EngineError: pip cannot fetch them; the message is pip's
    """
    _say(f"lab: fetching wheels for Python {lab.python}")
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())  # as macOS calls it, and Linux
    platforms = [f"--platform=manylinux_2_{glibc}_{machine}" for glibc in (17, 28)]
    wheels = ("--require-hashes", f"--requirement={HERE / 'wheels.txt'}", "--only-binary=:all:")
    download(folder, *wheels, f"--python-version={lab.python}", *platforms)


def fetch_sdists(folder: Path) -> None:
    """Fetch the sources of ``sdists.txt``.

    :raises EngineError: pip cannot fetch them; the message is pip's
    """
    _say("lab: fetching the sources that are built there")
    download(folder, "--require-hashes", f"--requirement={HERE / 'sdists.txt'}", *SOURCES, **NO_APXS)


def download(folder: Path, *what: str, **environment: str) -> None:
    """Have pip fetch something.

    It is done here and not in the image: this machine's pip has brought what the project needs, so
    it knows the way through whatever proxy there is.

    :raises EngineError: pip cannot fetch it; the message is pip's
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", f"--dest={folder}"]
    fetched = subprocess.run(
        [*command, *what], stderr=subprocess.PIPE, text=True, env=os.environ | environment, check=False
    )
    if fetched.returncode:
        raise EngineError("pip download failed: " + "\n".join(fetched.stderr.strip().split("\n")[-10:]))


@contextmanager
def _base(engine: Engine, release: str) -> Iterator[str]:
    """Give Debian's slim image as it is now, or one made here, for once, where no registry answers.

    :raises EngineError: neither can be had
    """
    official, local = BASE.format(release), f"{LOCAL_BASE.format(release)}-{os.getpid()}"
    _say(f"lab: fetching {official}")
    try:
        engine.shown("pull", official, prefix="lab: ", shows=".")
    except EngineError:  # it has said why
        if not engine.exists(official):
            _make_base(engine, release, local)
            try:
                yield local
            finally:
                engine("rmi", local, quiet=True)
            return
    yield official


def _make_base(engine: Engine, release: str, name: str) -> None:
    """Make a slim image with mmdebstrap.

    :raises EngineError: it is not here, or fails
    """
    if not shutil.which("mmdebstrap"):
        raise EngineError(
            f"{BASE.format(release)} cannot be fetched, and mmdebstrap, which can make one, is not installed. "
            "On Debian or Ubuntu: sudo apt-get install mmdebstrap"
        )
    _say("lab: making a base image with mmdebstrap, about 20 s")
    with tempfile.TemporaryDirectory(prefix="lab-") as folder:
        archive = f"{folder}/base.tar"
        try:  # without another suite's archive in sight: mmdebstrap takes Debian's own mirrors
            patience.run(["mmdebstrap", "--variant=minbase", release, archive], "I: ", prefix="lab: ")
        except patience.FailedError as error:
            raise EngineError(str(error)) from None
        engine("import", archive, name, timeout=600)


def remove(engine: Engine) -> None:
    """Remove every image that this project has made."""
    for what in ("state", "image"):
        for made in engine.labelled(what, images=True):
            engine("rmi", *(made["tags"].split() or [made["id"]]), quiet=True)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
