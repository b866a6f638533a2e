"""Have Sphinx write the manifests, each in a process of its own: also as ``python -m snippets.build``."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from project import ROOT
from snippets.manifest import Manifest

TAGS: dict[str, tuple[str, ...]] = {"tutorial": (), "slides": ("-t", "slides")}
#: What the manifests are made from; the first is what Sphinx itself is installed from.
SOURCES = ("requirements.txt", "conf.py", "_ext", "tutorial", "slides", "snippets")
MANIFESTS = [f"build/snippets/{folder}.json" for folder in TAGS]
#: Tells from which sources which manifests were made.
READ = "build/snippets/read"


def manifest() -> Manifest:
    """Return the manifest of both source folders as they are now.

    Sphinx takes most of a second to see that nothing has changed, and so is not asked if the files are the same.

    :raises ValueError: Sphinx found a fault on a page; the message is Sphinx's
    """
    with _alone():
        sources, read = _digest(SOURCES), ROOT / READ
        if not read.exists() or read.read_bytes() != sources + _digest(MANIFESTS):
            with ThreadPoolExecutor() as pool:
                for done in pool.map(_build, TAGS):
                    if done.returncode:
                        raise ValueError(done.stderr.strip())
            with contextlib.suppress(OSError):  # no room: then Sphinx is asked again
                read.write_bytes(sources + _digest(MANIFESTS))
        return Manifest.load(*(ROOT / name for name in MANIFESTS))


def _digest(names: Iterable[str]) -> bytes:
    """Return the identity of files and folders: 32 bytes for all their names and what is in them."""
    content = hashlib.sha256()
    for name in names:
        place = ROOT / name
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            with contextlib.suppress(OSError):  # an editor's, gone again; or one that Sphinx cannot read either
                if file.is_file() and "__pycache__" not in file.parts:
                    data = file.read_bytes()
                    content.update(f"{file.relative_to(ROOT)}\0{len(data)}\0".encode() + data)
    return content.digest()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Wait while another command, in another terminal, does this: Sphinx reads what it writes, and does not lock it."""
    lock = ROOT / "build/snippets.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting: another command is reading the pages", file=sys.stderr, flush=True)
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _build(folder: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "--keep-going", "-b", "snippets", *TAGS[folder]]
    places = ["-c", ".", "-d", f"build/doctrees/snippets-{folder}", folder, "build/snippets"]
    return subprocess.run([*command, *places], cwd=ROOT, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    try:
        manifest()
    except ValueError as error:
        sys.exit(str(error))
