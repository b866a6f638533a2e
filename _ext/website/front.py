"""The front page: what its lessons take, and which of them run in the reader's browser.

They are those in a toctree with ``:class: lessons``, as in the sidebar. Where the page has a container ``ask``, the
template puts a field into it, for a line of a log.
"""

from __future__ import annotations

import re
from collections.abc import Set
from html import escape
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from snippets.collect import blocks_of
from website.minutes import minutes
from website.sidebar import LESSONS

LIST = re.compile(rf'(<div class="toctree-wrapper {LESSONS} compound">\s*)<ul>(.*?)</ul>', re.DOTALL)
MARK = ' <span class="runs" role="img" aria-label="runs in your browser">▶</span>'
WHAT = "in-your-browser"


def lessons(doctree: nodes.document) -> list[str]:
    """Return the lessons of a front page as it was read, in their order."""
    found = [it for it in doctree.findall(addnodes.toctree) if LESSONS in it.parent["classes"]]
    return [docname for toctree in found for docname in toctree["includefiles"]]


def told(app: Sphinx, front: str, body: str, in_browser: Set[str]) -> str:
    """Return the body of the front page, with the minutes of each lesson and of all, and the marks."""
    takes: dict[str, int] = {}
    for docname in lessons(app.env.get_doctree(front)):
        whole = app.env.get_and_resolve_doctree(docname, app.builder, tags=app.tags)
        takes[app.builder.get_relative_uri(front, docname)] = minutes(whole, blocks_of(app.env, docname))
    runs = {app.builder.get_relative_uri(front, docname) for docname in in_browser} & takes.keys()

    def row(link: re.Match[str]) -> str:
        mark = MARK if link[1] in runs else ""
        return f"{link[0]} <span class='takes'>{takes[link[1]]} min{mark}</span>" if link[1] in takes else link[0]

    def numbered(found: re.Match[str]) -> str:
        rows = re.sub(r'<a class="reference internal" href="([^"]*)">.*?</a>', row, found[2])
        said = f"About {sum(takes.values())} minutes in all."
        if runs:
            about = escape(app.builder.get_relative_uri(front, WHAT))
            said += f" ▶ <a href='{about}'>runs in your browser</a>: {len(runs)} of {len(takes)}."
        return f"{found[1]}<ol>{rows}</ol>\n<p class='takes'>{said}</p>"

    return LIST.sub(numbered, body)


def _tell(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if page == app.config.root_doc and app.builder.name == "html":
        app.add_css_file("front.css")
        context["body"] = told(app, page, context["body"], context["runs_in_browser"])


def setup(app: Sphinx) -> None:
    """Tell it on the front page."""
    app.connect("html-page-context", _tell, priority=600)  # after the sidebar, which knows what runs in a browser
