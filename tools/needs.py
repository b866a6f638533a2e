"""What the commands need beyond Python: an engine for the lab, a browser for the deck, tools.

``python -m tools.needs NEED``. On Debian or Ubuntu, as root, engine and browser are installed where they are missing,
and said; ``NO_INSTALL=1`` refuses that, ``INSTALL=1`` asks for all else too. Anywhere else one line says what to type.
It is asked before there is an environment, and so needs nothing but Python.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from lab import patience
from lab.engine import Engine, EngineError
from lab.errors import UserError
from tools import chromium, cli
from tools.system import distribution

#: Need → (the Debian packages, what they are for).
PACKAGES = {
    # runc: crun refuses hybrid control groups; mmdebstrap: a base image where no registry answers
    "engine": (("podman", "runc", "mmdebstrap"), "the lab, where the pages run"),
    "chromium": (("chromium", "fonts-dejavu-core"), "the tests of deck and site"),
    "browser-machine-tools": (("mmdebstrap", "arch-test", "zstd", "cpio", "nodejs", "npm"), "the machine in a browser"),
    "epubcheck": (("epubcheck", "default-jre-headless"), "the check of the e-book"),
    "host-tools": (("mmdebstrap", "qemu-system-x86", "e2fsprogs"), "a host of another kind"),
}
#: What is installed unasked.
UNASKED = ("engine", "chromium")
#: Package → its program, where that has another name.
PROGRAMS = {"nodejs": "node", "qemu-system-x86": "qemu-system-x86_64", "e2fsprogs": "mkfs.ext4"}


class NeedsError(UserError):
    """Something is missing; the message says what to type."""


def missing(need: str) -> tuple[str, ...]:
    """Name the packages that a need asks for and that are not there.

    :raises EngineError: an engine is there and does not work, or none is and no package of this system is one
    :raises NoChromiumError: there is no browser, and no package of this system is one
    :raises NeedsError: what is needed cannot be had on this system
    """
    packages = PACKAGES[need][0]
    if need == "browser-machine-tools" and distribution() != "debian" and not os.environ.get("MIRROR"):
        raise NeedsError(
            "the machine in a browser is made from Debian's packages: make it on Debian, or name a mirror of its "
            "archive (MIRROR=…, with the package debian-archive-keyring)"
        )
    if need in ("browser-machine-tools", "host-tools"):
        # By their programs: a Node.js that is not Debian's brings its npm, and conflicts with the package npm.
        return tuple(it for it in packages if not shutil.which(PROGRAMS.get(it, it)))
    if need == "epubcheck":
        return () if shutil.which("java") and Path(os.environ["EPUBCHECK"]).exists() else packages
    try:
        if need == "engine":
            Engine.find()
        else:
            chromium.find()
    except EngineError:
        there = any(map(shutil.which, ("podman", "docker"))) or os.environ.get("LAB_ENGINE")
        if there or not distribution():
            raise  # installing podman is no answer
        return packages
    except chromium.NoChromiumError:
        if distribution() != "debian" or os.environ.get("CHROMIUM"):
            raise
        return packages
    return ()


def install(need: str, packages: Sequence[str]) -> None:
    """Install packages with apt-get.

    :raises NeedsError: this is not ours to do, or it failed
    """
    purpose, names = PACKAGES[need][1], ", ".join(packages)
    if not distribution():
        raise NeedsError(f"{purpose} needs {names}: install them with your system's package manager")
    refused = os.environ.get("NO_INSTALL") == "1" or (need not in UNASKED and os.environ.get("INSTALL") != "1")
    if os.geteuid() != 0 or refused:
        raise NeedsError(f"{purpose} needs {names}. Type: sudo apt-get install {' '.join(packages)}")
    print(f"Installing {names}: {purpose} (NO_INSTALL=1 prevents this)", flush=True)
    for step in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        print(f"apt-get {step[0]}", flush=True)
        command = ["apt-get", "-o", "DPkg::Lock::Timeout=120", *step]
        try:
            patience.run(command, r"Waiting|Need to get", environment={"DEBIAN_FRONTEND": "noninteractive"})
        except patience.FailedError as error:
            raise NeedsError(str(error)) from None


def main(need: str) -> int:
    """Meet the need named on the command line."""
    if need not in PACKAGES:
        raise NeedsError(f"{need}: it must be one of {', '.join(PACKAGES)}")
    if packages := missing(need):
        install(need, packages)
        if still := missing(need):
            raise NeedsError(f"{need}: still missing after the installation: {', '.join(still)}")
    return 0


if __name__ == "__main__":
    cli.run(main, "tools.needs NEED")
