"""``make serve``: tutorial and deck at one address, built again whenever something that they are made from is saved.

What is served reloads itself, which the site's policy forbids: these pages have none, and ``make site`` writes others.
"""

from __future__ import annotations

import os
import shlex
import socket
import sys
from contextlib import suppress
from pathlib import Path

from sphinx_autobuild.__main__ import main as autobuild

from lab.errors import UserError
from snippets.build import manifest
from tools import cli

#: Beside the tutorial itself; all of it has to be there.
WATCHED = ("slides", "snippets", "_ext", "doctor", "conf.py", "build/snippets")
SPHINX = ["-n", "-q", "-c", ".", "-D", "policy=0"]
DECK = ["-b", "revealjs", "-t", "slides", "-d", "build/doctrees/slides", "slides", "build/site/slides"]


def main(port: str) -> int:
    """Serve until Ctrl-C; return the exit status."""
    try:
        socket.create_server(("127.0.0.1", int(port))).close()
    except (OSError, OverflowError, ValueError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "that is not a port"
        raise UserError(f"port {port}: {why}. Name another: make serve PORT=8001") from None
    Path("build/site.built").unlink(missing_ok=True)
    Path("build/snippets").mkdir(parents=True, exist_ok=True)
    deck = shlex.join([sys.executable, "-m", "sphinx", "-W", "--keep-going", *SPHINX, *DECK])
    watch = [argument for name in WATCHED for argument in ("--watch", name)]
    with suppress(KeyboardInterrupt):
        with suppress(ValueError):  # what is wrong with a page is told when it is built
            manifest()
        autobuild(
            ["--port", port, *watch, "--re-ignore", "__pycache__",
             "--post-build", shlex.join(["sh", "-c", f"{deck} || true"]),  # what is wrong with it is told, and mended
             *SPHINX, "-d", "build/doctrees/tutorial", "tutorial", "build/site"]
        )  # fmt: skip
    return 0


if __name__ == "__main__":
    cli.run(main, "tools.serve PORT")
