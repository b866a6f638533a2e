"""Faults: what goes wrong, each with an address of its own and the same form.

A page whose sections stand ``apart`` (see ``snippets``) shows one fault a section, if the section has a label. Each
module is about one thing:

``form``
    The parts of a fault and their order, on the page and to its reader.
``sections``
    Which faults there are.
``pages``
    A page for each, made from its section, and links that lead to it.
``symptoms``
    The list of what people see, filtered by what they paste.
``doctor``
    What the doctor finds, and the doctor itself.
``check``
    A form that runs the doctor in the reader's browser.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.typing import ExtensionMetadata

from faults import check, doctor, form, pages, sections, symptoms
from snippets.metadata import metadata

HERE = Path(__file__).parent


#: What on a page has styles: the parts of a fault, and the list of symptoms.
STYLED = ("fault-place", "fault-fix", "find-symptom")


def _static(app: Sphinx, config: Config) -> None:
    config.html_static_path.append(str(HERE / "static"))


def _styles(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if any(it in context.get("body", "") for it in STYLED):
        app.add_css_file("faults.css")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up the parts."""
    app.connect("config-inited", _static)
    app.connect("html-page-context", _styles)
    for part in (sections, form, pages, symptoms, doctor, check):
        part.setup(app)
    return metadata(HERE)
