"""The list of symptoms, tables of the class ``symptoms``: numbers of messages as badges, a field that filters it."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

#: Apache's and mod_wsgi's own numbers.
NUMBER = re.compile(r"(?:AH|WSGI)\d+")
#: A container of this class gets the field, above what stands in it.
PLACE = '<div class="find-symptom docutils container">\n'
FIELD = """<form class="find" role="search" aria-label="Symptoms" action="{search}">
<input type="search" name="q" autocomplete="off" spellcheck="false" aria-label="{label}" placeholder="{label}">
<button>Search all pages</button>
</form>
<p class="found" role="status"></p>
"""
LABEL = "Paste a line of your log, or type a status"


def _badges(app: Sphinx, doctree: nodes.document) -> None:
    for table in doctree.findall(nodes.table):
        if "symptoms" in table["classes"]:
            for code in table.findall(nodes.literal):
                if NUMBER.fullmatch(code.astext()):
                    code["classes"].append("badge")


def _field(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if doctree is not None and app.builder.name == "html" and PLACE in context["body"]:
        app.add_js_file("symptoms.js", loading_method="defer")
        search = relative_uri(app.builder.get_target_uri(pagename), "search.html")
        field = FIELD.format(search=search, label=escape(LABEL))
        context["body"] = context["body"].replace(PLACE, PLACE + field)


def setup(app: Sphinx) -> None:
    """Mark the numbers, and put the field into its place."""
    app.connect("doctree-read", _badges)
    app.connect("html-page-context", _field)
