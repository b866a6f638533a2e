"""What is on the page: every block that readers see, where it stands and how it is checked.

Three things for Sphinx: options on ``code-block`` and ``literalinclude`` that say how a block is
checked, the builder ``snippets`` that writes the manifest of all blocks, and the line under a block
that says what it was run on.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.typing import ExtensionMetadata

from snippets.builder import SnippetsBuilder
from snippets.collect import BlockCollector
from snippets.directives import DIRECTIVES, located


def _other_directives(app: Sphinx, config: Config) -> None:
    """Place the blocks of a directive that another extension brings."""
    if "sphinx_revealjs" in app.extensions:
        from sphinx_revealjs._ext.highlightings import RevealjsCodeBlock

        app.add_directive("revealjs-code-block", located(RevealjsCodeBlock), override=True)


def _styles(app: Sphinx) -> None:
    """Style the lines under a block in the tutorial; the deck has a design of its own."""
    if not app.tags.has("slides"):
        app.config.html_static_path.append(str(Path(__file__).parent / "static"))
        app.add_css_file("snippets.css")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up the extension; ``snippets_root`` is the folder that paths in the manifest start from."""
    app.add_config_value("snippets_root", str(app.confdir), "env")
    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive, override=True)
    app.connect("config-inited", _other_directives)
    app.connect("builder-inited", _styles)
    app.add_env_collector(BlockCollector)
    app.add_builder(SnippetsBuilder)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
