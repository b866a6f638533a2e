"""What is on the page: every block that readers see, where it stands and how it is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up the extension, which is imported here: what runs the blocks needs the manifest, and no Sphinx."""
    from snippets import extension

    return extension.setup(app)
