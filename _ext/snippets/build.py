"""Have Sphinx write the manifests, each in a process of its own."""

from __future__ import annotations

import contextlib
import fcntl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from snippets.manifest import Manifest

ROOT = Path(__file__).parents[2]
TAGS: dict[str, tuple[str, ...]] = {"tutorial": (), "slides": ("-t", "slides")}


def manifest() -> Manifest:
    """Return the manifest of both source folders as they are now.

    :raises ValueError: Sphinx found a fault on a page; the message is Sphinx's
    """
    with _alone(), ThreadPoolExecutor() as pool:
        for done in pool.map(_build, TAGS):
            if done.returncode:
                raise ValueError(done.stderr.strip())
        return Manifest.load(*(ROOT / f"build/snippets/{folder}.json" for folder in TAGS))


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Wait while another command, in another terminal, does this: Sphinx reads what it writes, and does not lock it."""
    lock = ROOT / "build/snippets.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting: another command reads the pages", file=sys.stderr, flush=True)
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _build(folder: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "--keep-going", "-b", "snippets", *TAGS[folder]]
    places = ["-c", ".", "-d", f"build/doctrees/snippets-{folder}", folder, "build/snippets"]
    return subprocess.run([*command, *places], cwd=ROOT, capture_output=True, text=True, check=False)
