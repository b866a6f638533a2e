"""What the workflow runs side by side: the Pythons that the metadata promises, and the labs.

``python -m tools.matrix`` prints it as the outputs of a step on GitHub, with whatever Python there is.
"""

from __future__ import annotations

import json
import tomllib

from lab import image
from project import ROOT
from tools import cli

CLASSIFIER = "Programming Language :: Python :: "


def pythons() -> list[str]:
    """Return the Pythons that are promised, the oldest first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [it.removeprefix(CLASSIFIER) for it in project["classifiers"] if it.startswith(CLASSIFIER)]


def main() -> None:
    """Run the command."""
    print(f"pythons={json.dumps(pythons())}")
    print(f"labs={json.dumps([*image.LABS])}")


if __name__ == "__main__":
    cli.run(main, "tools.matrix")
