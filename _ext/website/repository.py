"""Links at a page's end, to edit it and to say that it is wrong: if ``repository_url`` says where the project is."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlencode

from docutils import nodes
from sphinx.application import Sphinx


def links(repository: str, source: str, page: str) -> list[tuple[str, str]]:
    """Return what is said and where it leads, in the addresses of GitHub, which Forgejo and others share.

    :param source: the page's file in the repository
    """
    wrong = urlencode({"title": f"{page}: ", "body": f"On {source}:\n\n"})
    return [
        ("Edit this page", f"{repository}/edit/main/{source}"),
        ("This page is wrong", f"{repository}/issues/new?{wrong}"),
    ]


def _offer(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    repository = app.config.repository_url.rstrip("/")
    if repository and doctree is not None:
        source = os.path.relpath(app.env.doc2path(pagename), app.confdir)
        context["page_links"] = links(repository, source, app.env.titles[pagename].astext())


def setup(app: Sphinx) -> None:
    """Tell the template of the links."""
    app.add_config_value("repository_url", "", "html", str)
    app.connect("html-page-context", _offer)
