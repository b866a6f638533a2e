"""``.. demo:: FILE``: who answered each request, live or as it was recorded.

The file is JSON: ``versions`` and ``when`` of the recording, and its ``steps``, each with what was ``typed`` and, for a
request, what the application ``said`` of itself, by name. The steps are rows of a table and fragments of Reveal.js: who
presents goes through them with the keys, and paper shows them all. Where the deck is opened with ``?live``, the script
``demo.js`` puts a running machine's answers in their place.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from snippets.versions import checked

#: What is shown of an answer: the name it goes by, and the heading.
COLUMNS = {"pid": "Process", "user": "User", "served": "Requests served"}


class demo(nodes.General, nodes.Element):
    """A recorded demonstration, as ``recorded``."""


class Demo(SphinxDirective):
    """Show a recorded demonstration."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Read the recording."""
        _, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(path)
        try:
            recorded = json.loads(Path(path).read_text())
            table(recorded)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self.error(f"{self.arguments[0]}: no recording ({error!r}): make record writes it") from error
        return [demo(recorded=recorded)]


def table(recorded: dict[str, Any]) -> str:
    """Return a recording as HTML.

    :raises KeyError: it lacks something
    :raises ValueError: a version is none
    """
    versions = checked(recorded["versions"] | {"when": recorded["when"]})
    system = f"Debian {versions['debian']} · Apache {versions['apache']} · mod_wsgi {versions['mod_wsgi']}"
    said = f"Recorded on {system}, {versions['when']}"
    heads = "".join(f"<th scope='col'>{escape(head)}</th>" for head in COLUMNS.values())
    rows = []
    for step in recorded["steps"]:
        typed = f"<th scope='row'><code>{escape(step['typed'])}</code></th>"
        cells = "".join(f"<td>{escape(step['said'][name])}</td>" for name in COLUMNS) if "said" in step else (
            f"<td colspan='{len(COLUMNS)}'></td>")  # fmt: skip
        rows.append(f"<tr class='fragment custom'>{typed}{cells}</tr>")
    return (
        f"<table class='demo'><thead><tr><th scope='col'>Typed</th>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>\n<p class='demo-source snippet-verdict'>{escape(said)}</p>\n"
    )


def _visit(self: HTML5Translator, node: demo) -> None:
    self.body.append(table(node["recorded"]))
    raise nodes.SkipNode


def _leave_out(self: nodes.NodeVisitor, node: demo) -> None:
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("demo", Demo)
    app.add_node(demo, revealjs=(_visit, None), html=(_leave_out, None), text=(_leave_out, None))
