"""Addresses that pages and sections have had, ``website_moved``: a table from old to new in a TOML file.

``"old.html" = "new.html#section"`` writes a page ``old.html`` that leads on. ``"page.html#old" = "other.html#new"``
puts a line at the page's end that shows only to those who ask for ``#old``; who has JavaScript is led on. Within a page
neither is needed: a label above the section, ``.. _old:``, keeps the old anchor.

A page that is gone can have both: ``old.html`` then leads whoever asks for ``old.html#section`` to where that is now,
and shows where everything is to those without JavaScript.
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

HERE = Path(__file__).parent
SCRIPT = "moved.js"
STUB = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
{lead}
<title>Moved</title>
<main>
<h1>Moved</h1>
<article>
<p class="gone">This has moved: <a href="{to}">{name}</a>.</p>
{sections}</article>
</main>
</html>
"""
#: What leads on: the browser by itself or, since it would forget which section was asked for, a script that looks.
REFRESH = '<meta http-equiv="refresh" content="0; url={to}">'
SCRIPTED = '<script defer src="{script}"></script>\n<style>:target {{ font-weight: bold }}</style>'


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


def sections(table: dict[str, str], page: str) -> dict[str, str]:
    """Return the anchors that a page has had, each with where it leads."""
    return {
        anchor: new for old, new in table.items() for name, _, anchor in [old.partition("#")] if name == page and anchor
    }


def _relative(old: str, new: str) -> str:
    return escape(posixpath.relpath(new, posixpath.dirname(old) or "."))


def _there(app: Sphinx) -> set[str]:
    return {app.builder.get_target_uri(page) for page in app.env.found_docs} if app.builder.name == "html" else set()


def _refuse(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of a page that is said to have moved and is there, and of one that is not there and has not moved."""
    there, table = _there(app), moved(app)
    for old in there & table.keys():
        logger.warning("%s: %s is there and has not moved", app.config.website_moved, old, type="website")
    for old in sorted({old.partition("#")[0] for old in table} - table.keys() - there) if there else ():
        logger.warning("%s: %s is not there, and has not moved", app.config.website_moved, old, type="website")


def _lead_on(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if doctree is None or app.builder.name != "html":
        return
    name = app.builder.get_target_uri(page)
    anchors = sections(moved(app), name)
    for anchor, new in anchors.items():
        link = f'<a href="{_relative(name, new)}">{escape(new)}</a>'
        context["body"] += f'<p class="moved" id="{escape(anchor)}">This has moved: {link}.</p>\n'
    if anchors:
        app.add_js_file(SCRIPT, loading_method="defer")


def _stub(table: dict[str, str], old: str) -> str:
    """Return a page in place of one that is gone."""
    to, anchors = _relative(old, table[old]), sections(table, old)
    lead, rows = REFRESH.format(to=to), ""
    if anchors:
        lead = SCRIPTED.format(script=_relative(old, f"_static/{SCRIPT}"))
        for anchor, new in anchors.items():
            name, link = escape(anchor), f'<a href="{_relative(old, new)}">{escape(new)}</a>'
            rows += f'<li class="moved" id="{name}">#{name}: {link}\n'
        rows = f"<ul>\n{rows}</ul>\n"
    return STUB.format(lead=lead, to=to, name=escape(table[old]), sections=rows)


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.name != "html":
        return
    table, there = moved(app), _there(app)
    for old in table:
        path = Path(app.outdir, old)
        if "#" not in old and old not in there:  # the page itself may be left over from a build before
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_stub(table, old))


def _begin(app: Sphinx) -> None:
    _table.cache_clear()  # of a build before, in the same process
    if app.builder.name == "html":
        app.config.html_static_path.append(str(HERE / "static"))


def setup(app: Sphinx) -> None:
    """Add the setting and the script."""
    app.add_config_value("website_moved", "", "html", str)
    app.connect("builder-inited", _begin)
    app.connect("env-check-consistency", _refuse)
    app.connect("html-page-context", _lead_on)
    app.connect("build-finished", _write, priority=400)
