"""Addresses that pages and sections have had, ``website_moved``: a table from old to new in a TOML file.

``"old.html" = "new.html#section"`` writes a page ``old.html`` that leads on. ``"page.html#old" = "other.html#new"``
puts a line at the page's end that shows only to those who ask for ``#old``; who has JavaScript is led on. Within a page
neither is needed: a label above the section, ``.. _old:``, keeps the old anchor.
"""

from __future__ import annotations

import posixpath
import tomllib
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.util import logging

logger = logging.getLogger(__name__)

STUB = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="0; url={to}">
<title>Moved</title>
<p>This has moved: <a href="{to}">{to}</a>.</p>
</html>
"""


def moved(app: Sphinx) -> dict[str, str]:
    """Return the table; without the setting it is empty.

    :raises ConfigError: it cannot be read
    """
    return _table(Path(app.confdir, app.config.website_moved)) if app.config.website_moved else {}


@cache
def _table(path: Path) -> dict[str, str]:  # each page asks for it
    try:
        return {str(old): str(new) for old, new in tomllib.loads(path.read_text()).items()}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _relative(old: str, new: str) -> str:
    return escape(posixpath.relpath(new, posixpath.dirname(old) or "."))


def _refuse(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of a page that is said to have moved and is there: nobody would be led on."""
    there = {app.builder.get_target_uri(page) for page in env.found_docs} if app.builder.name == "html" else set()
    for old in there & moved(app).keys():
        logger.warning("%s: %s is there and has not moved", app.config.website_moved, old, type="website")


def _lead_on(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if doctree is None or app.builder.name != "html":
        return
    for old, new in moved(app).items():
        name, _, anchor = old.partition("#")
        if name == app.builder.get_target_uri(page) and anchor:
            link = f'<a href="{_relative(old, new)}">{escape(new)}</a>'
            context["body"] += f'<p class="moved" id="{escape(anchor)}">This has moved: {link}.</p>\n'


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.name != "html":
        return
    for old, new in moved(app).items():
        path = Path(app.outdir, old)
        if "#" not in old and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(STUB.format(to=_relative(old, new)))


def setup(app: Sphinx) -> None:
    """Add the setting."""
    app.add_config_value("website_moved", "", "html", str)
    app.connect("env-check-consistency", _refuse)
    app.connect("html-page-context", _lead_on)
    app.connect("build-finished", _write, priority=400)
