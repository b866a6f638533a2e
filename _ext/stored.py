"""What an extension keeps with Sphinx's environment, which is pickled: pages that are not read again keep theirs."""

from __future__ import annotations

from collections.abc import Set
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector


def by_page(env: BuildEnvironment, name: str) -> dict[str, Any]:
    """Return what is kept under a name, by page; nothing at first."""
    found: dict[str, Any] = vars(env).setdefault(name, {})
    return found


class PageCollector(EnvironmentCollector):
    """Keeps by page what a subclass finds, under its ``names``, as pages are forgotten and read by other processes."""

    names: ClassVar[tuple[str, ...]]

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Find nothing: something else has noted it."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Forget a page."""
        for name in self.names:
            by_page(env, name).pop(docname, None)

    def merge_other(self, app: Sphinx, env: BuildEnvironment, docnames: Set[str], other: Any) -> None:
        """Take over pages read by another process."""
        for name in self.names:
            theirs = by_page(other, name)
            by_page(env, name).update({docname: theirs[docname] for docname in docnames if docname in theirs})
