"""``.. qr-code::``: the site's address as a picture that a phone reads, if the site has an address.

It has one if the configuration says ``html_baseurl``; otherwise nothing is shown.
"""

from __future__ import annotations

import segno
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator


class qr_code(nodes.General, nodes.Element):
    """A QR code, of ``address``."""


class QrCode(SphinxDirective):
    """Show the site's address."""

    def run(self) -> list[nodes.Node]:
        """Make the picture, or nothing."""
        address = self.config.html_baseurl
        return [qr_code(address=address)] if address else []


def picture(address: str) -> str:
    """Return the code of an address as SVG: dark on white in any room, as some readers insist on."""
    code = segno.make(address, error="m", micro=False)
    svg: str = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr-code", title=address)
    return svg.replace("<svg ", '<svg role="img" ', 1)


def _visit(self: HTML5Translator, node: qr_code) -> None:
    self.body.append(picture(node["address"]))
    raise nodes.SkipNode


def _leave_out(self: nodes.NodeVisitor, node: qr_code) -> None:
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("qr-code", QrCode)
    app.add_node(qr_code, revealjs=(_visit, None), html=(_leave_out, None), text=(_leave_out, None))
