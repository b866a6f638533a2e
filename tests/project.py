"""A small Sphinx project in a folder of its own, built by Sphinx."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from sphinx.cmd.build import build_main

from project import ROOT
from snippets.manifest import Block, Manifest

EXTENSIONS = ROOT / "_ext"
CONF = 'extensions = ["snippets"]\nhtml_theme = "basic"\nhighlight_language = "none"\n'


class Project:
    """Pages in ``tutorial/`` or ``slides/``; what is built goes into ``build/``."""

    def __init__(self, place: Path, files: Mapping[str, str] | None = None) -> None:
        self.place = place
        for path, text in ({"conf.py": CONF} | dict(files) if files else {}).items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        """Write one file."""
        file = self.place / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def build(
        self,
        builder: str = "snippets",
        folder: str = "tutorial",
        *,
        fails: bool = False,
        extensions: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Build as the real project is built, in this process, which takes a tenth of the time of another.

        :param fails: how that has to end
        :param extensions: other ones than the project's, which takes a process of its own
        """
        tags = ["-t", "slides"] if folder == "slides" else []
        places = ["-d", f"build/doctrees/{builder}-{folder}", folder, f"build/{builder}"]
        command = ["-n", "-W", "--keep-going", "--no-color", "-c", ".", "-b", builder, *tags, *places]
        plain = {"NO_COLOR": "1"}  # Sphinx colours where CI is set
        if extensions:
            done = subprocess.run(
                [sys.executable, "-m", "sphinx", *command],
                cwd=self.place, env=os.environ | plain | {"PYTHONPATH": str(extensions)},
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
        else:
            out, err = io.StringIO(), io.StringIO()
            with (
                contextlib.chdir(self.place),
                patch.dict(os.environ, plain),
                redirect_stdout(out),
                redirect_stderr(err),
            ):
                status = build_main(command)
            done = subprocess.CompletedProcess(command, status, out.getvalue(), err.getvalue())
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done

    def manifest_file(self, folder: str = "tutorial") -> Path:
        """Return where a source folder's manifest is."""
        return self.place / f"build/snippets/{folder}.json"

    def blocks(self, folder: str = "tutorial") -> tuple[Block, ...]:
        """Return the blocks in the manifest of a source folder."""
        return Manifest.load(self.manifest_file(folder)).blocks

    def html(self, page: str) -> str:
        """Return a page as the builder ``html`` has written it."""
        return (self.place / f"build/html/{page}.html").read_text()


def pages_read(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the pages that a build has read."""
    return re.findall(r"^reading sources\.\.\. \[.*?\] (\S+)$", done.stdout, re.MULTILINE)
