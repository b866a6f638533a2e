"""The reference: pages made of what the modules themselves say, and of where the other pages use it.

One directive, ``recorded``, shows what ``snippets/recorded/reference.json`` has of a directive, of an option of
``WSGIDaemonProcess`` or of a mistake. Nothing recorded may be missing from the pages.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

from reference import examples
from reference.directive import SHOWN, Recorded, missing, shown
from reference.uses import PlaceCollector, depart_more, more, outdated, resolve, unfolded, uses, visit_more
from snippets.metadata import metadata
from stored import PageCollector

HERE = Path(__file__).parent
logger = logging.getLogger(__name__)


class ShownCollector(PageCollector):
    """Keeps which page shows what, which the directive has noted."""

    names = (SHOWN,)


def _complete(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of what is recorded and shown nowhere."""
    for thing in missing(env):
        logger.warning("%s is recorded but not on any page: add '.. recorded:: %s'", thing, thing, type="reference")


def _static(app: Sphinx, config: Config) -> None:
    config.html_static_path.append(str(HERE / "static"))


def _styles(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if pagename == "genindex" or pagename in shown(app.env):
        app.add_css_file("reference.css")  # of this page alone


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up the extension; ``reference_root`` is the folder that has ``snippets/recorded``."""
    app.setup_extension("snippets")  # whose rows say which listings are written
    app.add_config_value("reference_root", str(app.confdir), "env")
    app.add_directive("recorded", Recorded)
    app.add_node(uses)
    app.add_node(examples.example)
    app.add_node(more, html=(visit_more, depart_more), text=(unfolded, unfolded))
    app.add_env_collector(PlaceCollector)
    app.add_env_collector(ShownCollector)
    app.connect("config-inited", _static)
    app.connect("html-page-context", _styles)
    app.connect("env-updated", outdated)
    app.connect("env-check-consistency", _complete)
    app.connect("doctree-resolved", resolve)
    app.connect("doctree-resolved", examples.resolve)
    return metadata(HERE)
