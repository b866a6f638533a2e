"""How it is told what is wrong with a block: file and line first, then what is shown and what came."""

from __future__ import annotations

from collections.abc import Sequence

from snippets.manifest import Block
from snippets.transcript import Step


def is_site(block: Block) -> bool:
    """Tell whether a file is configuration that Apache reads when it starts."""
    return block.language == "apache" and not str(block.path).endswith("/.htaccess")


def announced(block: Block) -> list[str]:
    """Return the errors that a block says Apache logs."""
    return block.options["logs"].split("\n") if "logs" in block.options else []


def never_loaded(block: Block) -> str:
    """Say that Apache does not load a configuration."""
    return f"{block.at(0)}: {block.path} is not among the files that Apache loads by the end of the page"


def place(block: Block, offset: int) -> str:
    """Name a line of a block, or of the listing it shows, by file and line."""
    if block.listing and block.listing_line:
        return f"{block.at(0)}: {block.listing}:{block.listing_line + offset}"
    return block.at(offset)


def command(block: Block, step: Step) -> str:
    """Head a failure with the command's file and line, and the command."""
    return f"{block.at(step.offset)}: $ {step.command or 'the running command'}"


def quoted(lines: Sequence[str]) -> str:
    """Quote what the page shows, or what came."""
    return indent(lines, 4) if lines else "    (nothing)"


def indent(lines: str | Sequence[str], width: int = 2) -> str:
    """Indent what is quoted in a message, shortened where it is long."""
    lines = lines.split("\n") if isinstance(lines, str) else list(lines)
    if len(lines) > 60:
        lines = [*lines[:40], f"[{len(lines) - 60} lines]", *lines[-20:]]
    lines = [line if len(line) <= 1000 else f"{line[:900]} [{len(line) - 900} characters]" for line in lines]
    return "\n".join(" " * width + line for line in lines)
