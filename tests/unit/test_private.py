"""What other packages keep to themselves is there still, and does what it is used for."""

from __future__ import annotations

import re
from pathlib import Path

import sphinx
from docutils import nodes
from docutils.parsers.rst import Directive, directives
from sphinx.directives.code import CodeBlock, LiteralInclude

import private
from project import ROOT
from tests.project import Project

CONF = """
import private
def setup(app):
    app.connect("build-finished", lambda app, error: print("has warned:", private.has_warned(app)))
"""


def test_docutils_table_of_directives() -> None:
    class Own(Directive):
        pass

    directives.register_directive("own", Own)
    assert private.registered_directive("own") is Own


def test_sphinx_revealjs_directives_and_notes() -> None:
    listing, included = private.revealjs_listings()
    assert issubclass(listing, CodeBlock) and issubclass(included, LiteralInclude)
    assert issubclass(private.revealjs_notes(), nodes.Element)


def test_sphinx_counts_its_warnings(tmp_path: Path) -> None:
    for text, said in (("A\n=\n", "has warned: False"), ("A\n=\n\n:doc:`none`\n", "has warned: True")):
        project = Project(tmp_path, {"conf.py": CONF, "tutorial/index.rst": text})
        assert said in project.build("dummy", fails="True" in said).stdout


def test_sphinx_search_has_what_ours_replaces() -> None:
    script = Path(sphinx.__file__).parent / "themes/basic/static/searchtools.js"
    ours = set(re.findall(r"Search\.(_\w+)", ROOT.joinpath("tutorial/_static/search.js").read_text()))
    assert ours == {"_performSearch", "_index"}
    assert not [name for name in ours if not re.search(rf"\b{name}\b\s*[:=]", script.read_text())]


def test_nobody_else_uses_such_names() -> None:
    """But for Sphinx's own mark of what it has to be told: names that begin with two underscores."""
    foreign = re.compile(
        r"from (?:sphinx|docutils)\S*\._|\b(?:app|env|directives)\._[a-z]|\benv\.app\b|\"_directives\""
    )
    used = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in sorted((ROOT / "_ext").rglob("*.py"))
        if path.name != "private.py" and (found := foreign.search(path.read_text()))
    ]
    assert not used
