"""Which faults there are: the labelled sections of pages whose sections stand apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from stored import PageCollector, by_page

FOUND = "faults_found"


@dataclass(frozen=True)
class Fault:
    """A fault: the page that has it, its label, its title, its cause in a sentence, and all ids of its section."""

    docname: str
    label: str
    title: str
    cause: str
    ids: tuple[str, ...]

    @property
    def page(self) -> str:
        """Return the name of the page that is its own."""
        return f"{self.docname}/{self.label}"


def labelled(doctree: nodes.document) -> Iterator[tuple[nodes.section, str]]:
    """Yield the sections under a page's title that somebody has given a label, with the last one."""
    for top in doctree.findall(nodes.section):
        for section in top.children:
            if isinstance(section, nodes.section):
                names = [name for name in section["names"] if doctree.nametypes.get(name)]
                if names:
                    yield section, doctree.nameids[names[-1]] or ""
        return


def cause(section: nodes.section) -> str:
    """Return a section's first paragraph, in one line, if it stands before everything else; or nothing."""
    first = next((it for it in section.children[1:] if not isinstance(it, nodes.Invisible)), None)
    return " ".join(first.astext().split()) if isinstance(first, nodes.paragraph) else ""


class FaultCollector(PageCollector):
    """Collects the faults of each page."""

    names = (FOUND,)

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Note the faults of a page."""
        docname = app.env.docname
        found: list[Fault] = []
        if app.env.metadata[docname].get("sections") == "apart":
            found = [
                Fault(docname, label, it[0].astext(), cause(it), tuple(it["ids"])) for it, label in labelled(doctree)
            ]
        _by_page(app.env)[docname] = found


def _by_page(env: BuildEnvironment) -> dict[str, list[Fault]]:
    return by_page(env, FOUND)


def faults(env: BuildEnvironment) -> list[Fault]:
    """Return all faults, page by page in the order of their names, and on a page as they stand."""
    return [fault for docname in sorted(_by_page(env)) for fault in _by_page(env)[docname]]


def setup(app: Sphinx) -> None:
    """Collect them as pages are read."""
    app.add_env_collector(FaultCollector)
