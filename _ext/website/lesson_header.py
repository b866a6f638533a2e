"""The line under a lesson's title: how long it takes, where it starts, and the command that opens its machine.

Where it starts is what the manifest says of the page. A page that has nothing to run has no machine, and no line.
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from snippets.collect import blocks_of, page_of
from snippets.manifest import has_machine
from website.minutes import check, minutes


def line(app: Sphinx, docname: str, doctree: nodes.document) -> str:
    """Return the line as HTML, or nothing."""
    blocks = blocks_of(app.env, docname)
    page = page_of(app.env, docname)
    if not has_machine(page, blocks):
        return ""
    parts = []
    if "/" not in docname:  # what lies in a folder is for looking things up, and nobody reads it whole
        check(app, docname, taken := minutes(doctree, blocks))
        parts.append(f"About {taken} minute{'s' * (taken > 1)}")
    if page.starts_from:
        start = page.starts_from.partition("/")[2]
        address = app.builder.get_relative_uri(docname, start)
        parts.append(f"Starts from <a href='{address}'>{escape(app.env.titles[start].astext())}</a>")
    else:
        parts.append("Starts from a fresh Debian")
    parts.append("For a machine without visitors")  # what a lesson restarts and removes is the whole server's
    parts.append(f"Its machine: <code class='literal'>make try PAGE={escape(page.page)}</code>")
    return f"<p class='lesson-start'>{' <span aria-hidden=true>·</span> '.join(parts)}</p>"


def _insert(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if doctree is not None and app.builder.name == "html":
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{line(app, pagename, doctree)}", 1)


def setup(app: Sphinx) -> None:
    """Put the line into each page."""
    app.connect("html-page-context", _insert)
