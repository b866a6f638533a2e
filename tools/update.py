"""``make update``, besides Python's packages: the day of Debian's archive, what is built from source, the emulator."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from lab import image
from lab.engine import EngineError
from tools import cli

BROWSER_MACHINE = Path(__file__).parent / "browser_machine"


def archive() -> None:
    """Take today as the day of Debian's archive."""
    (image.HERE / "archive.txt").write_text(f"{datetime.now(UTC).date().isoformat()}\n")


def sources() -> None:
    """Take the newest source of each package in ``sdists.txt``, with its hash.

    :raises EngineError: pip cannot fetch one
    """
    listed = image.HERE / "sdists.txt"
    lines = listed.read_text().splitlines()
    for n, line in enumerate(lines):
        name, pinned, _ = line.partition("==")
        if pinned:
            with tempfile.TemporaryDirectory(prefix="lab-") as folder:
                image.download(Path(folder), name, *image.SOURCES, **image.NO_APXS)
                (file,) = Path(folder).iterdir()
                version = re.sub(r"^.*-|\.(tar\.\w+|zip)$", "", file.name)
                lines[n] = f"{name}=={version} --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    listed.write_text("\n".join(lines) + "\n")


def emulator() -> None:
    """Take the newest of what the machine in a browser has from npm.

    :raises EngineError: npm fails
    """
    names = json.loads((BROWSER_MACHINE / "package.json").read_text())["dependencies"]
    with tempfile.TemporaryDirectory(prefix="lab-") as temporary:
        # Of the name that the lock has: npm writes the folder's into it.
        folder = Path(temporary, json.loads((BROWSER_MACHINE / "package-lock.json").read_text())["name"])
        folder.mkdir()
        for file in ("package.json", "package-lock.json"):
            shutil.copy(BROWSER_MACHINE / file, folder)
        options = ("--save-exact", "--package-lock-only", "--omit-lockfile-registry-resolved", "--ignore-scripts")
        command = ["npm", "install", "--silent", *options, *(f"{name}@latest" for name in names)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise EngineError("npm install failed: " + (done.stderr or done.stdout).strip()[-500:])
        for file in ("package.json", "package-lock.json"):
            shutil.copy(folder / file, BROWSER_MACHINE / file)


def main() -> int:
    """Take the newest of all; return the exit status."""
    for what, take in {"Debian's archive": archive, "sources": sources, "the emulator": emulator}.items():
        print(f"update: {what}", flush=True)
        take()
    return 0


if __name__ == "__main__":
    cli.run(main, "tools.update", OSError)
