"""How long a lesson takes; one that takes longer than ``website_minutes`` has for its folder is a warning.

It is an estimate, made in the same way for each: its words are read, its commands copied, run and compared, its
listings written with an editor, the lines of both looked at. What a command itself takes is left out: seconds, mostly.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from math import ceil, inf

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from snippets.manifest import Block
from snippets.transcript import PROMPT

WORDS_A_MINUTE = 180
COMMAND, FILE, LINE = 8, 20, 1  # seconds

logger = logging.getLogger(__name__)


def minutes(doctree: nodes.document, blocks: Sequence[Block]) -> int:
    """Return the minutes that a lesson takes, rounded up; where versions differ, those of the one with most to do."""
    prose = [node for kind in (nodes.title, nodes.paragraph) for node in doctree.findall(kind)]
    words = sum(len(node.astext().split()) for node in prose if "snippet-verdict" not in node["classes"])
    labs = {lab for block in blocks for lab in block.options.get("on", "").split()} or {""}
    seconds = max(sum(_seconds(block) for block in blocks if block.is_on(lab)) for lab in labs)
    return ceil(words / WORDS_A_MINUTE + seconds / 60)


def _seconds(block: Block) -> int:
    lines = block.text.split("\n")
    commands = sum(bool(PROMPT.match(line)) for line in lines) if block.role == "transcript" else 0
    return COMMAND * commands + FILE * (block.role == "file") + LINE * (len(lines) - commands)


def check(app: Sphinx, docname: str, taken: int) -> None:
    """Warn of a page that takes longer than one of its folder may."""
    most = app.config.website_minutes[posixpath.dirname(docname)]
    if most < taken:
        message = f"this takes about {taken} minutes, and {most} is the most (website_minutes): make it two pages"
        logger.warning(message, location=docname, type="website")


def is_followed(app: Sphinx, docname: str) -> bool:
    """Tell whether a page is one to follow from its beginning to its end, not one to look things up in."""
    return posixpath.dirname(docname) in app.config.website_minutes


def setup(app: Sphinx) -> None:
    """Add the setting: for each folder of pages that are followed, the most minutes that one may take."""
    app.add_config_value("website_minutes", {"": inf}, "html", dict)
