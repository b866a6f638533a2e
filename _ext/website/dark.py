"""The colours of code on a dark page: those of an accessible style, less loud than it has them."""

from __future__ import annotations

from typing import ClassVar

from pygments.style import Style
from pygments.styles import get_style_by_name

LOUD = get_style_by_name("a11y-high-contrast-dark")
#: What is used in place of its green, blue, yellow and red; each has a contrast of 7 to 1 on the ground of a listing.
SOFTER = {"#abe338": "#b8d8a0", "#00e0e0": "#94cfdc", "#ffd900": "#e6d08a", "#ffa07a": "#f4b9a2"}


class Dark(Style):
    """Named in the configuration as ``pygments_dark_style``."""

    name = "dark"
    background_color = LOUD.background_color
    highlight_color = LOUD.highlight_color
    styles: ClassVar = {token: SOFTER.get(colour, colour) for token, colour in LOUD.styles.items()}
