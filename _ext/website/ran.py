"""Under a lesson's title: when all of it was last run, and where. The sitemap has the same day.

A page that has changed since says nothing of it, and neither does one with nothing to run.
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from snippets.collect import whole_of
from snippets.verdicts import day

#: Tells how pages are run. It has no blocks of its own.
HOW = "tested"


def line(app: Sphinx, docname: str) -> str:
    """Return the line as HTML, or nothing."""
    whole = whole_of(app.env, docname)
    if not whole:
        return ""
    then = f"<time datetime='{whole.when}'>{day(whole.when)}</time>"
    said = f"Last run as a whole on {then}: {escape(whole.where)}"
    if HOW in app.env.found_docs:
        link = f"<a href='{app.builder.get_relative_uri(docname, HOW)}'>How this was checked</a>"
        said += f" <span aria-hidden=true>·</span> {link}"
    return f"<p class='lesson-ran'>{said}</p>"


def _insert(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if doctree is not None and app.builder.name == "html":
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{line(app, pagename)}", 1)


def setup(app: Sphinx) -> None:
    """Put the line into each page, before ``lesson_header`` puts its own above it."""
    app.connect("html-page-context", _insert, priority=400)
