"""``literalinclude`` with ``:diff:``: what is another than in the listing before, as lines that go and lines that come.

The suite finds the listing before in the file, and writes the new one. *copy* takes the lines that are right
(``copybutton_exclude`` in conf.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff
from typing import ClassVar

from docutils import nodes
from pygments.lexer import RegexLexer
from pygments.token import Generic, Text
from sphinx.application import Sphinx

#: Its name as a language, for Sphinx and for style sheets.
LANGUAGE = "change"
#: Lines around a change that show where it is.
AROUND = 1


@dataclass(frozen=True)
class Change:
    """The texts of a listing before and after."""

    before: str
    after: str

    def lines(self) -> list[str]:
        """Return the lines that are shown, each after its sign; between two places stands ``@@ … @@``.

        :raises ValueError: nothing has changed
        """
        told = list(unified_diff(self.before.splitlines(), self.after.splitlines(), n=AROUND, lineterm=""))[3:]
        if not told:
            raise ValueError("the two listings say the same")
        return told


def show(block: nodes.literal_block, change: Change) -> None:
    """Show a change in a block that shows the listing.

    :raises ValueError: nothing has changed
    """
    text = "\n".join(change.lines())
    block.rawsource = text
    block.children[:] = [nodes.Text(text)]
    block["listing_language"] = block.get("language", "")
    block["language"] = LANGUAGE
    block["highlight_args"] = {}  # which lines of the whole file are marked


class ChangeLexer(RegexLexer):
    """Tell lines that go from those that come, and both from their signs, which are no part of what is copied."""

    name = LANGUAGE
    aliases: ClassVar = [LANGUAGE]
    tokens: ClassVar = {
        "root": [
            (r"-.*\n", Generic.Deleted),
            (r"\+", Generic.Inserted.Sign, "come"),
            (r"@@.*\n", Generic.Subheading),
            (r" ", Generic.Sign, "same"),
            (r"\n", Text),
        ],
        "come": [(r".+", Generic.Inserted), (r"\n", Text, "#pop")],
        "same": [(r".+", Text), (r"\n", Text, "#pop")],
    }


def setup(app: Sphinx) -> None:
    """Add the language."""
    app.add_lexer(LANGUAGE, ChangeLexer)
