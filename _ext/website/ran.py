"""Under a lesson's title: how many of its blocks had what done to them, where and when. In the e-book too.

It is all that most blocks have to say: they have a mark, and a line of their own only where that differs.
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from faults.sections import Fault
from snippets.collect import summary_of
from snippets.verdicts import Summary, day

#: Tells how pages are run. It has no blocks of its own.
HOW = "tested"
BETWEEN = " <span aria-hidden='true'>·</span> "


def line(app: Sphinx, pagename: str, summary: Summary | None) -> str:
    """Return a page's line as HTML, or nothing."""
    if not summary:
        return ""
    good = "<span class='lesson-good' aria-hidden='true'>✓</span> " if summary.good else ""
    then = f"<time datetime='{summary.when}'>{day(summary.when)}</time>"
    parts = [good + summary.counted(), *map(escape, summary.where.split(" · ")), then]
    if HOW in app.env.found_docs:
        address = app.builder.get_relative_uri(pagename, HOW)
        parts.append(f"<a href='{address}' aria-label='details: how this was checked'>details</a>")
    return f"<p class='lesson-ran'>{BETWEEN.join(parts)}</p>"


def _insert(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    fault: Fault | None = context.get("fault")
    if app.builder.name in ("html", "epub") and (fault or doctree is not None):
        summary = summary_of(app.env, fault.docname, fault.ids[0]) if fault else summary_of(app.env, pagename)
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{line(app, pagename, summary)}", 1)


def setup(app: Sphinx) -> None:
    """Put the line into each page, before ``lesson_header`` puts its own above it."""
    app.connect("html-page-context", _insert, priority=400)
