"""Listings on slides: coloured by Pygments, and walked through where ``:steps:`` says so.

``:steps: 1-2 | 5`` on ``code-block`` or ``literalinclude`` marks lines 1 and 2 first, and line 5 with the next key.
Each line is a fragment of Reveal.js, so the speaker view, printing and going back know about them without any script.
A line belongs to one step.
"""

from __future__ import annotations

from contextlib import suppress

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.util import parselinenos
from sphinx.writers.html5 import HTML5Translator

from private import registered_directive


def steps(argument: str) -> dict[int, int]:
    """Read ``1-2 | 5``: the step of each line that is marked, both counted from 1.

    :raises ValueError: it cannot be read, or a line is in two steps
    """
    found: dict[int, int] = {}
    for step, lines in enumerate(argument.split("|"), 1):
        for line in parselinenos(lines.strip(), 10_000):
            if line + 1 in found:
                raise ValueError(f"line {line + 1} is in two steps")
            found[line + 1] = step
    return found


def _stepped(base: type[Directive]) -> type[Directive]:
    """Return a directive with the option besides its own."""

    class Stepped(base):  # type: ignore[misc, valid-type]
        option_spec = (base.option_spec or {}) | {"steps": steps}

        def run(self) -> list[nodes.Node]:
            made: list[nodes.Node] = super().run()
            for block in (block for node in made for block in node.findall(nodes.literal_block)):
                wanted = self.options.get("steps", {})
                if missing := [line for line in wanted if line > len(block.astext().rstrip("\n").split("\n"))]:
                    raise self.error(f"':steps:': the listing has no line {missing[0]}")
                block["steps"] = wanted
            return made

    return Stepped


def _visit(self: HTML5Translator, node: nodes.literal_block) -> None:
    with suppress(nodes.SkipNode):
        HTML5Translator.visit_literal_block(self, node)
    if wanted := node.get("steps"):
        before, _, rest = self.body[-1].partition("<span></span>")  # Pygments begins each listing with it
        listing, end, after = rest.partition("\n</pre>")
        lines = [
            f'<span class="fragment custom step" data-fragment-index="{step}">{line}\n</span>'
            if (step := wanted.get(number))
            else f"{line}\n"
            for number, line in enumerate(listing.split("\n"), 1)
        ]
        self.body[-1] = f"{before}{''.join(lines)}{end.strip()}{after}"
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Render listings as Sphinx does, and add the option to the directives as other extensions have left them."""
    app.add_node(nodes.literal_block, override=True, revealjs=(_visit, None))
    for name in ("code-block", "literalinclude"):
        app.add_directive(name, _stepped(registered_directive(name)), override=True)
