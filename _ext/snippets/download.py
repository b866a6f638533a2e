"""A link in the caption of each file: what is shown, to keep, under the name it has on the reader's machine."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from urllib.parse import quote

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


class listing_download(addnodes.download_reference):
    """A link to a listing; Sphinx copies what it leads to, as for the role ``download``."""


def offer(made: Iterable[nodes.Node], listing: str, path: str) -> None:
    """Put the link into the caption of a block that a directive made.

    :param listing: its file, as the page names it
    :param path: where it goes on the reader's machine
    """
    link = listing_download("", "download", reftarget=listing, path=path)
    for node in made:
        for caption in node.findall(nodes.caption):
            caption += [nodes.Text(" "), link]
            return


def _open(self: HTML5Translator, node: nodes.Element) -> None:
    if not self.builder.download_support:  # in a book nothing can be downloaded
        raise nodes.SkipNode
    name = posixpath.basename(node["path"])
    uri = posixpath.join(self.builder.dlpath, quote(node["filename"]))
    label = {"aria-label": f"download {name}"}
    self.body.append(self.starttag(node, "a", "", False, CLASS="listing-download", href=uri, download=name, **label))


def _close(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append("</a>")


def _leave_out(self: nodes.NodeVisitor, node: nodes.Element) -> None:
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Say how the link is rendered."""
    app.add_node(listing_download, html=(_open, _close), text=(_leave_out, None))
