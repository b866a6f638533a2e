"""A page loads what it uses, and nothing else of what Sphinx and furo give to every page."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

#: Of furo: the styles of extensions and of a host that the project does not use; site.css has those of the copy button.
UNUSED_STYLES = ("furo-extensions.css",)
#: Marks in a page the words that were searched for; the results lead to the section that has them.
SEARCH_ALONE = ("sphinx_highlight.js",)
#: The copy button, which is of no use on a page with nothing to copy.
COPY_BUTTON = ("clipboard.min.js", "copybutton.js", "copybutton.css")


def _leave_out(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if app.builder.name == "epub":
        unlinked = tuple(app.config.epub_exclude_files)
        context["css_files"] = [it for it in context["css_files"] if not str(it.filename).endswith(unlinked)]
    if app.builder.name != "html":
        return
    unused: tuple[str, ...] = UNUSED_STYLES
    if pagename != "search":
        unused += SEARCH_ALONE
    if 'class="highlight"' not in context.get("body", ""):
        unused += COPY_BUTTON
    for files in ("css_files", "script_files"):
        context[files] = [it for it in context[files] if not str(it.filename).endswith(unused)]


def setup(app: Sphinx) -> None:
    """Take from each page what it does not use."""
    app.connect("html-page-context", _leave_out, priority=900)  # after whoever adds something
