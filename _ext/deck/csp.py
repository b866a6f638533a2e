"""What Reveal.js and its plugins write as they run, said to the content security policy by its hashes.

These are a style of the search box, the styles of print, and the speaker view, a window that has the deck's policy.
"""

from __future__ import annotations

import re
from pathlib import Path

import sphinx_revealjs
from sphinx.application import Sphinx
from sphinx.config import Config

from website.csp import INLINE, hashed

STATIC = Path(sphinx_revealjs.__file__).parent / "_static"
SPEAKER = STATIC / "revealjs/plugin/notes/speaker-view.html"
#: The style of one element, as it stands in a script.
STYLE = re.compile(r'\bstyle=\\?"([^"\\]*)')


def print_styles(width: int, height: int) -> list[str]:
    """Return the style sheets that ``?view=print`` writes."""
    return [
        f"@page{{size:{width}px {height}px; margin: 0px;}}",
        ".reveal section>img, .reveal section>video, .reveal section>iframe"
        f"{{max-width: {width}px; max-height:{height}px}}",
    ]


def _allow(app: Sphinx, config: Config) -> None:
    for kind, text in INLINE.findall(SPEAKER.read_text()):
        config[f"policy_{kind}s"].append(hashed(text))
    plugins = [(STATIC / plugin["src"]).read_text() for plugin in config.revealjs_script_plugins]
    styles = dict.fromkeys(style for plugin in plugins for style in STYLE.findall(plugin))
    config.policy_styles.extend(["'unsafe-hashes'", *map(hashed, styles)])  # hashes of attributes count with this alone
    size = config.revealjs_script_conf or {}
    if {"width", "height"} <= size.keys():
        config.policy_styles.extend(map(hashed, print_styles(size["width"], size["height"])))


def setup(app: Sphinx) -> None:
    """Allow it."""
    app.setup_extension("website.csp")
    app.connect("config-inited", _allow)
