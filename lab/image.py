"""The images that machines boot: each built once, and again when something in it changes."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.engine import LABEL, Engine, EngineError
from lab.machine import Machine, MachineError
from lab.usage import arguments

HERE = Path(__file__).parent
BASE = "docker.io/library/debian:{}-slim"
LOCAL_BASE = "localhost/lab-base:{}"


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


_DEBIAN = ("packages.txt", "wheels.txt", "sdists.txt", "files")
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
        raise EngineError(f"LAB={wanted}: it is {', '.join(LABS)} or all")
    return (wanted,)


def _inputs(lab: Lab) -> Iterator[Path]:
    for name in (lab.containerfile, *lab.files):
        path = HERE / name
        yield from sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def tag(name: str) -> str:
    """Name a lab's image by what it is made of."""
    lab = LABS[name]
    content = hashlib.sha256((tag(lab.onto) if lab.onto else lab.release).encode())
    for path in _inputs(lab):
        content.update(f"{path.relative_to(HERE)}\0".encode() + path.read_bytes() + b"\0")
    return f"localhost/lab:{name}-{content.hexdigest()[:12]}"


def ensure(engine: Engine, name: str) -> str:
    """Return the name of a lab's image, which is built, and booted once, if it is not there.

    :raises EngineError: the base cannot be had, the build fails, or the engine cannot boot what was built
    """
    image, lab = tag(name), LABS[name]
    if engine.exists(image):
        return image
    base = f"LAB={ensure(engine, lab.onto)}" if lab.onto else f"BASE={_base(engine, lab.release)}"
    _say(f"lab: building {image}")
    with tempfile.TemporaryDirectory(prefix="lab-") as context:
        for path in _inputs(lab):
            copy = Path(context, path.relative_to(HERE))
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        if not lab.onto:
            fetch_wheels(lab, Path(context, "pip"))
            fetch_sdists(Path(context, "pip"))
        engine.shown(
            "build",
            "--network=host",
            "--force-rm",
            f"--build-arg={base}",
            f"--label={LABEL}=image",
            f"--tag={image}",
            f"--file={context}/{lab.containerfile}",
            context,
            prefix=f"lab: {name}: ",
        )
    _boot(engine, image)
    for old in engine.labelled("image", images=True):
        if old["tag"].startswith(f"localhost/lab:{name}-") and old["tag"] != image:
            engine("rmi", old["id"], quiet=True)
    return image


def _boot(engine: Engine, name: str) -> None:
    """Boot a new image once: an engine that cannot is found before any page is.

    :raises EngineError: it does not boot; the image is removed
    """
    try:
        with Machine(engine, name):
            pass
    except (EngineError, MachineError) as error:
        engine("rmi", "--force", name, quiet=True)
        raise EngineError(
            f"{engine.name} has built the lab and cannot boot it (control groups {engine.cgroups}): {error}. "
            "Try the other engine: LAB_ENGINE=podman or LAB_ENGINE=docker"
        ) from error


def fetch_wheels(lab: Lab, folder: Path) -> None:
    """Fetch the wheels of ``wheels.txt`` that fit a lab's Python.

    :raises EngineError: pip cannot fetch them; the message is pip's
    """
    _say(f"lab: fetching wheels for Python {lab.python}")
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())  # as macOS calls it, and Linux
    platforms = [f"--platform=manylinux_2_{glibc}_{machine}" for glibc in (17, 28)]
    _download("wheels.txt", folder, "--only-binary=:all:", f"--python-version={lab.python}", *platforms)


def fetch_sdists(folder: Path) -> None:
    """Fetch the sources of ``sdists.txt``.

    :raises EngineError: pip cannot fetch them; the message is pip's
    """
    _say("lab: fetching the sources that are built there")
    # mod_wsgi's set-up asks for an apxs before it says its name; nothing is built here, so any program will do.
    _download("sdists.txt", folder, "--no-binary=:all:", "--no-deps", APXS="/bin/true")


def _download(requirements: str, folder: Path, *options: str, **environment: str) -> None:
    """Have pip fetch what a list names.

    It is done here and not in the image: this machine's pip has brought what the project needs, so
    it knows the way through whatever proxy there is.
    """
    fetched = subprocess.run(
        [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
            "--require-hashes", *options, f"--requirement={HERE / requirements}", f"--dest={folder}",
        ],
        stderr=subprocess.PIPE, text=True, env=os.environ | environment, check=False,
    )  # fmt: skip
    if fetched.returncode:
        raise EngineError("pip download failed: " + "\n".join(fetched.stderr.strip().split("\n")[-10:]))


def _base(engine: Engine, release: str) -> str:
    """Return the name of Debian's slim image, or of one made here where no registry answers."""
    local, official = LOCAL_BASE.format(release), BASE.format(release)
    for name in (local, official):
        if engine.exists(name):
            return name
    _say(f"lab: fetching {official}")
    try:
        engine("pull", "--quiet", official, timeout=300)
        return official
    except EngineError as error:
        _say(f"lab: {str(error)[:200]}")
    if not shutil.which("mmdebstrap"):
        raise EngineError(
            f"{official} cannot be fetched, and mmdebstrap, which can make one, is not installed. "
            "On Debian or Ubuntu: sudo apt-get install mmdebstrap"
        )
    _say(f"lab: making {local} with mmdebstrap, about 20 s")
    # Without another suite's archive in sight: mmdebstrap takes Debian's own mirrors.
    made = subprocess.run(
        ["mmdebstrap", "--variant=minbase", "--quiet", release, "-"], capture_output=True, check=False
    )
    if made.returncode:
        said = made.stderr.decode(errors="replace").strip()
        raise EngineError("mmdebstrap failed: " + "\n".join(said.split("\n")[-10:]))
    engine("import", "-", local, stdin=made.stdout, timeout=300)
    return local


def remove(engine: Engine) -> None:
    """Remove every image that this project has made."""
    for what in ("state", "image"):
        for made in engine.labelled(what, images=True):
            engine("rmi", made["id"], quiet=True)
    for release in {lab.release for lab in LABS.values()}:
        engine("rmi", LOCAL_BASE.format(release), quiet=True)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    arguments("lab.image remove")
    try:
        remove(Engine.find())
    except EngineError as error:
        sys.exit(f"make: {error}")
