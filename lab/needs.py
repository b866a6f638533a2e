"""What the tests need beyond Python: an engine for the lab, a browser for the deck.

``python -m lab.needs NEED``. On Debian or Ubuntu, as root, what is missing is
installed, and said; ``NO_INSTALL=1`` refuses that. Anywhere else one line says what to type.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.engine import Engine, EngineError

#: Need → (the Debian packages, what they are for).
PACKAGES = {
    # runc: crun refuses hybrid control groups; mmdebstrap: a base image where no registry answers
    "engine": (("podman", "runc", "mmdebstrap"), "the lab, where the pages run"),
    "browser-there": (("chromium", "fonts-dejavu-core"), "the tests of deck and site"),
    "browser-lab-tools": (("mmdebstrap", "arch-test", "zstd", "cpio", "nodejs", "npm"), "the machine in a browser"),
    "epubcheck": (("epubcheck", "default-jre-headless"), "the check of the e-book"),
}
EPUBCHECK = Path("/usr/share/java/epubcheck.jar")
#: Package → its program, where that has another name.
PROGRAMS = {"nodejs": "node"}


class NeedsError(RuntimeError):
    """Something is missing; the message says what to type."""


def missing(need: str) -> tuple[str, ...]:
    """Name the packages that a need asks for and that are not there.

    :raises EngineError: an engine is installed but of no use
    """
    packages = PACKAGES[need][0]
    if need == "browser-lab-tools":
        # By their programs: a Node.js that is not Debian's brings its npm, and conflicts with the package npm.
        return tuple(it for it in packages if not shutil.which(PROGRAMS.get(it, it)))
    if need == "browser-there":
        there = shutil.which("chromium") is not None
    elif need == "epubcheck":
        there = shutil.which("java") is not None and EPUBCHECK.exists()
    else:
        there = _engine_there()
    return () if there else packages


def _engine_there() -> bool:
    try:
        Engine.find()
    except EngineError:
        if shutil.which("podman") or os.environ.get("LAB_ENGINE"):
            raise  # installing podman is no answer
        return False
    return True


def install(need: str, packages: Sequence[str]) -> None:
    """Install packages with apt-get.

    :raises NeedsError: this is not ours to do, or it failed
    """
    purpose = PACKAGES[need][1]
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    needed = f"{purpose} needs {', '.join(packages)}"
    if not Path("/etc/debian_version").exists():
        raise NeedsError(f"{needed}: install them with your system's package manager")
    if os.geteuid() != 0 or os.environ.get("NO_INSTALL") == "1":
        raise NeedsError(f"{needed}. Type: sudo {' '.join(command)}")
    print(f"Installing {', '.join(packages)}: {purpose} (NO_INSTALL=1 refuses this)", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update"], command):
        done = subprocess.run(
            step, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode:
            last = "\n".join(done.stdout.strip().split("\n")[-5:])
            raise NeedsError(f"{' '.join(step)} failed:\n{last}")


def main() -> int:
    """Meet the needs named on the command line."""
    try:
        for need in sys.argv[1:]:
            if packages := missing(need):
                install(need, packages)
                if still := missing(need):
                    raise NeedsError(f"{need}: still missing after the installation: {', '.join(still)}")
    except (NeedsError, EngineError) as error:
        print(f"make: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
