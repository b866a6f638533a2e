"""The page for an address that leads nowhere, ``404.html``.

A server shows it at any depth, so its links start at the root: at the path of ``html_baseurl``, or the server's own.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from urllib.parse import urlsplit

from sphinx.application import Sphinx

RELATIVE = re.compile(r'((?:href|src|action|data-content_root)=")(?![#/]|[a-z]+:)(?:\./)?')


def rooted(html: str, root: str) -> str:
    """Return a page of the top folder with links that work from any."""
    return RELATIVE.sub(lambda it: it[1] + root, html)


def _root(app: Sphinx, error: Exception | None) -> None:
    page = Path(app.outdir, "404.html")
    if error is None and app.builder.name == "html" and page.exists():
        page.write_text(rooted(page.read_text(), posixpath.join(urlsplit(app.config.html_baseurl).path, "") or "/"))


def setup(app: Sphinx) -> None:
    """Mend the page when it is written."""
    app.connect("build-finished", _root, priority=400)
