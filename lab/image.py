"""The image that machines boot: built once for a release, again when something in it changes."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lab.engine import LABEL, Engine, EngineError
from lab.machine import Machine, MachineError

HERE = Path(__file__).parent
DEFAULT = "trixie"
#: Release → its Python, for which wheels are fetched.
RELEASES = {"trixie": "3.13", "bookworm": "3.11"}
BASE = "docker.io/library/debian:{}-slim"
LOCAL_BASE = "localhost/lab-base:{}"


def labs(wanted: str) -> tuple[str, ...]:
    """Return the labs that ``LAB=…`` names.

    :raises EngineError: there is no such lab
    """
    if wanted == "all":
        return tuple(RELEASES)
    if wanted not in RELEASES:
        raise EngineError(f"LAB={wanted}: it is {', '.join(RELEASES)} or all")
    return (wanted,)


def _inputs() -> Iterator[Path]:
    yield HERE / "Containerfile"
    yield HERE / "packages.txt"
    yield HERE / "wheels.txt"
    yield from sorted(path for path in (HERE / "files").rglob("*") if path.is_file())


def tag(release: str) -> str:
    """Name a release's image by what it is made of."""
    content = hashlib.sha256(release.encode())
    for path in _inputs():
        content.update(f"{path.relative_to(HERE)}\0".encode() + path.read_bytes() + b"\0")
    return f"localhost/lab:{release}-{content.hexdigest()[:12]}"


def ensure(engine: Engine, release: str) -> str:
    """Return the name of a release's image, which is built, and booted once, if it is not there.

    :raises EngineError: the base cannot be had, the build fails, or the engine cannot boot what was built
    """
    name = tag(release)
    if engine.exists(name):
        return name
    base = _base(engine, release)
    _say(f"lab: building {name}")
    with tempfile.TemporaryDirectory(prefix="lab-") as context:
        for path in _inputs():
            copy = Path(context, path.relative_to(HERE))
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        fetch_wheels(release, Path(context, "wheels"))
        engine.shown(
            "build",
            "--network=host",
            "--force-rm",
            f"--build-arg=BASE={base}",
            f"--label={LABEL}=image",
            f"--tag={name}",
            f"--file={context}/Containerfile",
            context,
            prefix=f"lab: {release}: ",
        )
    _boot(engine, name)
    for old in engine.labelled("image", images=True):
        if old["tag"].startswith(f"localhost/lab:{release}-") and old["tag"] != name:
            engine("rmi", old["id"], quiet=True)
    return name


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


def fetch_wheels(release: str, folder: Path) -> None:
    """Fetch the wheels of ``wheels.txt`` that fit a release's Python.

    It is done here and not in the image: this machine's pip has brought what the project needs, so
    it knows the way through whatever proxy there is.

    :raises EngineError: pip cannot fetch them; the message is pip's
    """
    _say(f"lab: fetching wheels for Python {RELEASES[release]}")
    fetched = subprocess.run(
        [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
            "--require-hashes", "--only-binary=:all:", f"--python-version={RELEASES[release]}",
            f"--requirement={HERE / 'wheels.txt'}", f"--dest={folder}",
        ],
        stderr=subprocess.PIPE, text=True, check=False,
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
    for release in RELEASES:
        engine("rmi", LOCAL_BASE.format(release), quiet=True)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        if sys.argv[1:] != ["remove"]:
            sys.exit("usage: python -m lab.image remove")
        remove(Engine.find())
    except EngineError as error:
        sys.exit(f"make: {error}")
