"""A page as the machine in a reader's browser takes it: what is written and typed, and what comes back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from snippets.manifest import Block
from snippets.transcript import LIMIT

LAB = "trixie"  # what the browser's machine is
ASKED = re.compile(r"\bcurl\b[^|;&)]*?\b(http://(?!localhost\b|[\d.]+\b)[\w.-]+(?::80)?(?=[/\s'\"]|$)[^\s'\"$)]*)")


class NotThere(ValueError):
    """A page does what the browser's machine cannot; the message says what."""


def course(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """Return what is done with the blocks of a page, in order: files to write, and commands to type.

    Of the other blocks none does anything to the machine.

    :raises NotThere: a command installs packages, which are not there
    """
    return [_step(block) for block in blocks if block.acts and block.is_on(LAB)]


def address(steps: Sequence[dict[str, Any]]) -> str:
    """Return what a page's requests ask first of a site of its own, on port 80; where none does, Debian's page."""
    commands = (row["command"] or "" for step in steps for row in step.get("steps", ()))
    found = next(filter(None, map(ASKED.search, commands)), None)
    return found[1].replace(":80", "", 1) if found else "http://localhost/"


def _step(block: Block) -> dict[str, Any]:
    if block.role == "file":
        return {"id": block.id, "digest": block.digest, "path": block.path, "text": block.text.rstrip("\n") + "\n"}
    steps = []
    for n, step in enumerate(found := block.steps(), 1):
        if step.command and any(tool in step.command for tool in ("apt-get", "pip install")):
            raise NotThere(f"{block.at(step.offset)}: packages")
        status = int(block.options.get("exit", 0)) if n == len(found) else 0
        row = {"command": step.command, "shown": list(step.shown), "status": status, "keeps": step.keeps_running}
        steps.append(row)
    return {
        "id": block.id,
        "digest": block.digest,
        "terminal": int(block.options.get("terminal", 1)),
        "limit": float(block.options.get("limit", LIMIT)),
        "steps": steps,
    }
