"""What the tutorial has around its text when it is a site.

Each module is about one thing:

``start``
    At the top of a lesson: what it starts from, and the command that opens its machine.
``repository``
    At its end, if the project says where its repository is: where to edit it, and where to say that it is wrong.
"""

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from website import repository, start


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up the parts."""
    for part in (repository, start):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
