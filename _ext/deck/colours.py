"""Pygments' colours for both schemes in one stylesheet, ``light-dark()`` deciding: ``pygments.css``.

The styles are those that the configuration names as ``pygments_style`` and ``pygments_dark_style``.
"""

from __future__ import annotations

from pathlib import Path

from pygments.style import Style
from pygments.token import STANDARD_TYPES, Token
from sphinx.application import Sphinx
from sphinx.highlighting import PygmentsBridge


def stylesheet(light: str, dark: str) -> str:
    """Return the rules for both styles.

    :param light: the name of a Pygments style, or of a class with its module
    :raises pygments.util.ClassNotFound: there is no such style
    """
    styles = [PygmentsBridge(stylename=name).get_style(name) for name in (light, dark)]
    ground, mark, ink = (_pair(*pair) for pair in zip(*map(_frame, styles), strict=True))
    rules = [f".highlight {{ background: {ground}; color: {ink} }}", f".highlight .hll {{ background: {mark} }}"]
    for token, name in STANDARD_TYPES.items():
        ours, other = (style.style_for_token(token) for style in styles)
        said = (
            [f"color: {_pair('#' + ours['color'], '#' + other['color'])}"] if ours["color"] and other["color"] else []
        )
        said += [
            f"font-{what}" for what, on in (("weight: bold", ours["bold"]), ("style: italic", ours["italic"])) if on
        ]
        if name and said:
            rules.append(f".highlight .{name} {{ {'; '.join(said)} }}")
    return "\n".join(rules) + "\n"


def _frame(style: type[Style]) -> tuple[str, str, str]:
    ink = style.style_for_token(Token)["color"]
    return style.background_color, style.highlight_color, f"#{ink}" if ink else "currentColor"


def _pair(light: str, dark: str) -> str:
    return light if light == dark else f"light-dark({light}, {dark})"


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.name == "revealjs":
        rules = stylesheet(app.config.pygments_style or "default", app.config.pygments_dark_style or "default")
        Path(app.outdir, "_static", "pygments.css").write_text(rules)


def setup(app: Sphinx) -> None:
    """Write the stylesheet over Sphinx's own, once that is written."""
    if "pygments_dark_style" not in app.config:
        app.add_config_value("pygments_dark_style", None, "html")
    app.connect("build-finished", _write)
