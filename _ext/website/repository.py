"""At a page's end, what to judge it by: when it was run, whose it is, and where to say that it is wrong.

The last needs ``repository_url``, which says where the project is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from snippets.collect import blocks_of, page_of, summary_of, whole_of
from snippets.manifest import has_machine
from snippets.verdicts import day
from website.ran import HOW


def links(repository: str, source: str, page: str) -> list[tuple[str, str]]:
    """Return what is said and where it leads, in the addresses of GitHub, which Forgejo and others share.

    :param source: the page's file in the repository
    """
    wrong = urlencode({"title": f"{page}: ", "body": f"On {source}:\n\n"})
    return [
        ("Report a mistake", f"{repository}/issues/new?{wrong}"),
        ("Edit this page", f"{repository}/edit/main/{source}"),
        ("Source", repository),
    ]


def checked(env: BuildEnvironment, docname: str | None) -> str:
    """Say when a page was last run, and where; of one with nothing to run, when the last of the others was."""
    if docname and has_machine(page_of(env, docname), blocks_of(env, docname)):
        said = _last([docname], env)
        if said:
            return f"This page was last run as a whole on {said}."
        return "This page has changed since it was last run as a whole. Each block that has run says so."
    said = _last(sorted(env.found_docs), env)
    return f"There is nothing to run on this page. The others were last run on {said}." if said else ""


def _last(docnames: Iterable[str], env: BuildEnvironment) -> str:
    """Say when the last of some pages was run as a whole, and where; nothing if none was."""
    known = [(whole_of(env, it), summary_of(env, it)) for it in docnames]
    when, where = max(((when, its.where) for when, its in known if when and its), default=("", ""))
    return f"{day(when)}: {where}" if when else ""


def _offer(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if app.builder.name != "html":
        return
    fault = context.get("fault")  # a page made of a section of another
    docname = fault.docname if fault else pagename if doctree is not None else None
    context["page_checked"], context["page_how"] = checked(app.env, docname), HOW in app.env.found_docs
    context["repository_url"] = repository = app.config.repository_url.rstrip("/")
    if repository and docname:
        source = os.path.relpath(app.env.doc2path(docname), app.confdir)
        title = fault.title if fault else app.env.titles[docname].astext()
        context["page_links"] = links(repository, source, title)


def setup(app: Sphinx) -> None:
    """Tell the template."""
    app.add_config_value("repository_url", "", "html", str)
    app.connect("html-page-context", _offer)
