"""What Sphinx is given.

Four things: options on ``code-block`` and ``literalinclude`` that say how a block is
checked, the builder ``snippets`` that writes the manifest of all blocks, the line under a block
that says what it was run on, and a link to each file that a page shows.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util.typing import ExtensionMetadata

from private import has_warned, revealjs_listings
from snippets import change, download, mark
from snippets.builder import SnippetsBuilder
from snippets.collect import BlockCollector
from snippets.directives import DIRECTIVES, located, located_include
from snippets.metadata import metadata
from snippets.transcript import NoBashError, bash

HERE = Path(__file__).parent


def _other_directives(app: Sphinx, config: Config) -> None:
    """Place the blocks of directives that another extension brings."""
    if "sphinx_revealjs" in app.extensions:
        listing, included = revealjs_listings()
        app.add_directive("revealjs-code-block", located(listing), override=True)
        app.add_directive("revealjs-literalinclude", located_include(included), override=True)


def _styles(app: Sphinx, config: Config) -> None:
    """Style the lines under a block in the tutorial; the deck has a design of its own."""
    if not app.tags.has("slides"):
        config.html_static_path.append(str(HERE / "static"))
        app.add_css_file("snippets.css")


def _forget_warned(app: Sphinx, error: Exception | None) -> None:
    """Have a build that warned followed by one that reads everything, and warns again.

    Sphinx warns while it reads, and reads only what has changed: without this, a build that failed
    passes when it is repeated.
    """
    if has_warned(app):
        Path(app.doctreedir, "environment.pickle").unlink(missing_ok=True)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up the extension; ``snippets_root`` is the folder that paths in the manifest start from.

    :raises ExtensionError: transcripts cannot be read here
    """
    try:
        bash()
    except NoBashError as error:
        raise ExtensionError(str(error)) from None
    app.add_config_value("snippets_root", str(app.confdir), "env")
    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive, override=True)
    change.setup(app)
    download.setup(app)
    mark.setup(app)
    app.connect("config-inited", _other_directives)
    app.connect("config-inited", _styles)
    app.connect("build-finished", _forget_warned)
    app.add_env_collector(BlockCollector)
    app.add_builder(SnippetsBuilder)
    return metadata(HERE)
