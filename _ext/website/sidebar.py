"""The sidebar: the front page's sections with their tables of contents, folded but for the one that has the page.

A section that has a ``toctree`` is a group; with a caption, the toctree is a part of it. One with ``:class: lessons``
is to be read in its order, and numbered. ``sidebar/navigation.html`` draws it, ``sidebar.js`` marks what is done.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from inbrowser import run_of

#: Numbers what is in a toctree.
LESSONS = "lessons"


@dataclass(frozen=True)
class Entry:
    """A page, and those that its own toctrees have."""

    docname: str
    title: str
    under: Sequence[Entry] = ()

    def leads_to(self, docname: str) -> bool:
        """Tell whether it is that page, or that page is under it."""
        return self.docname == docname or any(it.leads_to(docname) for it in self.under)


@dataclass(frozen=True)
class Part:
    """A toctree of the front page; without a caption it is the group itself."""

    caption: str
    numbered: bool
    entries: Sequence[Entry]


@dataclass
class Group:
    """A section of the front page."""

    title: str
    parts: list[Part] = field(default_factory=list)

    def leads_to(self, docname: str) -> bool:
        """Tell whether a page is in it."""
        return any(it.leads_to(docname) for part in self.parts for it in part.entries)


def groups(env: BuildEnvironment) -> list[Group]:
    """Return the groups of the front page, in its order."""
    found: dict[nodes.Element, Group] = {}
    for toctree in env.get_doctree(env.config.root_doc).findall(addnodes.toctree):
        section: nodes.Element = toctree
        while not isinstance(section, (nodes.section, nodes.document)):
            section = section.parent
        title = section.next_node(nodes.title)
        group = found.setdefault(section, Group(title.astext() if title else ""))
        numbered = LESSONS in toctree.parent["classes"]
        group.parts.append(Part(toctree.get("caption") or "", numbered, _entries(env, toctree["includefiles"])))
    return [*found.values()]


def _entries(env: BuildEnvironment, docnames: Sequence[str]) -> list[Entry]:
    return [Entry(it, env.titles[it].astext(), _entries(env, env.toctree_includes.get(it, ()))) for it in docnames]


def in_browser(app: Sphinx) -> Set[str]:
    """Return the pages that run in a reader's browser."""
    if "inbrowser" not in app.extensions:
        return set()
    return {docname for docname in app.env.found_docs if run_of(app, docname)}


class Sidebar:
    """What is the same on every page of a build, worked out once."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self.runs: Set[str] = set()

    def begin(self, app: Sphinx, env: BuildEnvironment) -> None:
        """Work it out, once all pages are read."""
        if app.builder.name == "html":
            self.groups, self.runs = groups(env), in_browser(app)

    def tell(self, app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.Node | None) -> None:
        """Tell the templates."""
        here = page
        while here and not any(group.leads_to(here) for group in self.groups):
            here = posixpath.dirname(here)  # a page that is made of a part of another is under that one
        context |= {"sidebar_groups": self.groups, "sidebar_here": here, "runs_in_browser": self.runs}


def setup(app: Sphinx) -> None:
    """Tell the templates what is in the sidebar."""
    sidebar = Sidebar()
    app.connect("env-check-consistency", sidebar.begin)
    app.connect("html-page-context", sidebar.tell)
