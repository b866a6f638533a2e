"""The line under a lesson's title: how long it takes and where it starts. At its end: how to open its machine.

Where it starts is what the manifest says of the page. A page that has nothing to run has no machine, and no line.
The command is for who has the repository, so it stands where nobody else has to read past it.
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from snippets.collect import blocks_of, page_of
from snippets.manifest import has_machine
from website.minutes import check, is_followed, minutes


def line(app: Sphinx, docname: str, doctree: nodes.document) -> str:
    """Return the line as HTML, or nothing."""
    blocks = blocks_of(app.env, docname)
    page = page_of(app.env, docname)
    if not has_machine(page, blocks):
        return ""
    parts = []
    if is_followed(app, docname):
        check(app, docname, taken := minutes(doctree, blocks))
        parts.append(f"About {taken} minute{'s' * (taken > 1)}")
    if page.starts_from:
        start = page.starts_from.partition("/")[2]
        address = app.builder.get_relative_uri(docname, start)
        parts.append(f"Starts from <a href='{address}'>{escape(app.env.titles[start].astext())}</a>")
    else:
        parts.append("Starts from a fresh Debian")
    parts.append("Use a machine without visitors")  # what a lesson restarts and removes is the whole server's
    return f"<p class='lesson-start'>{' <span aria-hidden=true>·</span> '.join(parts)}</p>"


def machine(app: Sphinx, docname: str) -> str:
    """Return the line at the page's end as HTML."""
    command = f"<code class='literal'>make try PAGE={escape(page_of(app.env, docname).page)}</code>"
    return f"<p class='lesson-machine'>To get this page’s machine, in a copy of the repository: {command}</p>\n"


def _insert(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if doctree is not None and app.builder.name == "html" and (under := line(app, pagename, doctree)):
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{under}", 1) + machine(app, pagename)


def setup(app: Sphinx) -> None:
    """Put the lines into each page."""
    app.connect("html-page-context", _insert)
