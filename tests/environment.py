"""The environment for commands that tests run."""

from __future__ import annotations

import os
import re

from project import ROOT

MAKEFILE = ROOT / "Makefile"


def unmade() -> dict[str, str]:
    """Return this environment without what was typed for the make that may run the tests: it is for no other."""
    typed = set(re.findall(r"\$\(([A-Z_]+)\)", MAKEFILE.read_text()))
    return {name: value for name, value in os.environ.items() if name not in typed and not name.startswith("MAKE")}
