"""What the tests need beyond Python: an engine for the lab, a browser for the deck.

``python -m lab.needs NEED``. On Debian or Ubuntu, as root, what is missing is
installed, and said; ``NO_INSTALL=1`` refuses that. Anywhere else one line says what to type.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
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


class NeedsError(RuntimeError):
    """Something is missing; the message says what to type."""


def there(need: str) -> bool:
    """Tell whether a need is met.

    :raises EngineError: an engine is installed but of no use
    """
    if need == "browser-there":
        return shutil.which("chromium") is not None
    if need == "browser-lab-tools":
        return all(map(shutil.which, ("mmdebstrap", "arch-test", "zstd", "cpio", "node", "npm")))
    if need == "epubcheck":
        return shutil.which("java") is not None and EPUBCHECK.exists()
    try:
        Engine.find()
    except EngineError:
        if shutil.which("podman") or os.environ.get("LAB_ENGINE"):
            raise  # installing podman is no answer
        return False
    return True


def install(need: str) -> None:
    """Install the packages of a need with apt-get.

    :raises NeedsError: this is not ours to do, or it failed
    """
    packages, purpose = PACKAGES[need]
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    missing = f"{purpose} needs {', '.join(packages)}"
    if not Path("/etc/debian_version").exists():
        raise NeedsError(f"{missing}: install them with your system's package manager")
    if os.geteuid() != 0 or os.environ.get("NO_INSTALL") == "1":
        raise NeedsError(f"{missing}. Type: sudo {' '.join(command)}")
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
            if not there(need):
                install(need)
                if not there(need):
                    raise NeedsError(f"{need}: still missing after the installation")
    except (NeedsError, EngineError) as error:
        print(f"make: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
