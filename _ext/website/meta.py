"""What needs the site's address, ``html_baseurl``: canonical links, a sitemap, what others show of a link to a page.

A description each page has, with an address or without.
"""

from __future__ import annotations

import posixpath
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from faults.sections import Fault, faults
from snippets.collect import whole_of

#: How much of a page's first paragraph search engines show.
LENGTH = 160
FILES = ("sitemap.xml", "robots.txt")


def beginning(doctree: nodes.document) -> str:
    """Return the first paragraph of a page."""
    first = next((it for it in doctree.findall(nodes.paragraph) if isinstance(it.parent, nodes.section)), None)
    return " ".join(first.astext().split()) if first else ""


def shortened(text: str) -> str:
    """Return how a text begins, in whole words."""
    return text if len(text) <= LENGTH else text[: LENGTH - 1].rpartition(" ")[0].rstrip(",;:") + " …"


def address(app: Sphinx, uri: str) -> str:
    """Return where something of the site will be; a folder's index is the folder."""
    base = posixpath.join(app.config.html_baseurl, "")
    return base + (uri.removesuffix("index.html") if posixpath.basename(uri) == "index.html" else uri)


def _describe(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if app.builder.name != "html":
        return  # an e-book is no place to arrive at, and its tags are closed
    fault: Fault | None = context.get("fault")
    if fault:
        title, begins = fault.title, f"{fault.title}: {fault.cause}"
    elif doctree is not None:
        title, begins = app.env.titles[page].astext(), beginning(doctree)
    else:
        context["pageurl"] = None  # search, index and 404 are no pages to arrive at
        return
    said = {"name": {"description": shortened(begins)}}
    if app.config.html_baseurl:
        context["pageurl"] = address(app, app.builder.get_target_uri(page))
        said["name"]["twitter:card"] = "summary_large_image"
        said["property"] = {
            "og:type": "website",
            "og:site_name": app.config.project,
            "og:title": title,
            "og:description": said["name"]["description"],
            "og:url": context["pageurl"],
            "og:image": address(app, f"_static/{app.config.website_card}"),
        }
    context["metatags"] = "".join(
        f'\n<meta {kind}="{name}" content="{escape(content)}">'
        for kind, pairs in said.items()
        for name, content in pairs.items()
    )


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.name != "html":
        return
    for name in FILES:  # of a build for an address
        Path(app.outdir, name).unlink(missing_ok=True)
    if app.config.html_baseurl:
        days = {app.builder.get_target_uri(page): whole_of(app.env, page) for page in sorted(app.env.found_docs)}
        days |= {app.builder.get_target_uri(it.page): whole_of(app.env, it.docname) for it in faults(app.env)}
        days |= dict.fromkeys(app.config.website_also)
        rows = "".join(_row(address(app, uri), day or "") for uri, day in days.items())
        sitemap = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
        Path(app.outdir, "sitemap.xml").write_text(f'<?xml version="1.0" encoding="utf-8"?>\n{sitemap}')
        Path(app.outdir, "robots.txt").write_text(f"User-agent: *\nSitemap: {address(app, 'sitemap.xml')}\n")


def _row(place: str, when: str) -> str:
    """Return a page's row of the sitemap; ``when`` all of it was last run, if that is known."""
    return f"<url><loc>{escape(place)}</loc>{f'<lastmod>{when}</lastmod>' if when else ''}</url>\n"


def setup(app: Sphinx) -> None:
    """Add the settings: the picture, a file in ``_static``, and addresses that other builds add to the site."""
    app.add_config_value("website_card", "card.png", "html", str)
    app.add_config_value("website_also", [], "html", list)
    app.connect("html-page-context", _describe)
    app.connect("build-finished", _write)
