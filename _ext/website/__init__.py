"""What the tutorial has around its text when it is a site.

Each module is about one thing:

``lesson_header``
    At the top of a lesson: how long it takes and what it starts from. At its end: the command that opens its machine.
``ran``
    Under its title: how many of its blocks ran, on what and when.
``minutes``
    How long a lesson takes, and that none takes too long.
``repository``
    At its end: when it was run, whose it is, and where to say that it is wrong.
``meta``
    What needs the site's address, if it has one: canonical links, a sitemap, what others show of a link.
``front``
    On the front page: what its lessons take.
``sidebar``
    Beside it: all pages, in the groups of the front page.
``redirects``
    Addresses that pages and sections have had.
``not_found``
    The page for an address that leads nowhere.
``fonts``
    The font of the text; the deck's too.
``tables``
    Tables whose rows are blocks on a phone.
``wrapped``
    Listings whose long lines wrap.
``search``
    What the search finds first.
``llms``
    All pages as plain text.
``assets``
    What Sphinx and furo give to every page, and none of these uses.
``leftovers``
    What earlier builds have left, which goes; on the deck too.
``csp``
    What a browser may load and run, on the deck too.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from snippets.metadata import metadata
from website import (
    assets,
    csp,
    fonts,
    front,
    leftovers,
    lesson_header,
    llms,
    meta,
    minutes,
    not_found,
    ran,
    redirects,
    repository,
    search,
    sidebar,
    tables,
    wrapped,
)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up the parts."""
    for part in (
        assets,
        csp,
        fonts,
        front,
        leftovers,
        lesson_header,
        llms,
        meta,
        minutes,
        not_found,
        ran,
        redirects,
        repository,
        search,
        sidebar,
        tables,
        wrapped,
    ):
        part.setup(app)
    return metadata(Path(__file__).parent)
