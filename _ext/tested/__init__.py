"""The directive ``tested``: how all pages are checked, from what the files say."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from snippets.metadata import metadata
from tested.directive import Tested, outdated


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up the extension."""
    app.add_directive("tested", Tested)
    app.connect("builder-inited", Tested.know_builder)
    app.connect("env-get-outdated", outdated)
    return metadata(Path(__file__).parent)
