"""What can be wrong with a block as it stands on the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from snippets.directives import Mark
from snippets.manifest import Block
from snippets.options import misplaced
from snippets.transcript import TranscriptError


def stands(mark: Mark) -> bool:
    """Tell whether that which a mark says is written there is."""
    try:
        lines = Path(mark.source).read_text().split("\n")[mark.line - 1 :]
    except OSError:
        return False
    written = mark.written.split("\n")
    # In a table cell there is more on a line, and docutils has made tabs blanks.
    return len(lines) >= len(written) and all(
        " ".join(own.split()) in " ".join(line.split()) for own, line in zip(written, lines, strict=False)
    )


def faults(block: Block, mark: Mark) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with a block as it stands on the page: a line and a message."""
    if not block.text.strip():
        yield block.line, "the block is empty"
    elif not stands(mark):
        hint = "use code-block or literalinclude, and include files whole"
        yield block.line, f"cannot tell on which line this block begins: {hint}"
    if block.listing and not block.listing.startswith("snippets/"):
        yield block.line, f"{block.listing}: a listing must be in snippets/, and so must the file that a link leads to"
    for message in misplaced(block.options, block.language):
        yield block.line, message
    if block.path and block.listing and not block.whole:
        yield block.line, f"{block.path}: a listing that goes to a file is shown whole"
    for name in ("context", "fails"):
        if block.path and name in block.options:
            yield block.line, f"':{name}:' belongs to a fragment; this block goes to {block.path}"
    if block.role == "transcript":
        try:
            block.steps()
        except TranscriptError as error:
            yield block.line + (0 if block.listing else error.offset), str(error)
