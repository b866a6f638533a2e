"""A page for each fault, made from its section; the page that has them all stays. Links lead to a fault's own page."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import groupby
from typing import Any

from docutils import nodes
from docutils.utils import new_document
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util.osutil import relative_uri

from faults.doctor import named, tell
from faults.form import anchor, parts
from faults.sections import Fault, faults

TEMPLATE = "page.html"


def collect(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the pages: name, context and template of each."""
    builder = app.builder
    if not isinstance(builder, StandaloneHTMLBuilder) or builder.name != "html":
        return
    for docname, group in groupby(faults(app.env), key=lambda fault: fault.docname):
        doctree = app.env.get_and_resolve_doctree(docname, builder, tags=app.tags)
        builder.post_process_images(doctree)
        by_id = {name: section for section in doctree.findall(nodes.section) for name in section["ids"]}
        these, own, says = list(group), _own_pages(app), named(app.env, docname)
        for before, fault, after in zip([None, *these[:-1]], these, [*these[1:], None], strict=True):
            section = by_id[fault.label].deepcopy()
            tell(app, docname, section, says)
            _lead(app, section, fault, own)
            context = _page(builder, fault, section) | _around(app, fault, before, after)
            context["body"] = _crumbs(context["parents"]) + context["body"]
            yield fault.page, context, TEMPLATE


def _page(builder: StandaloneHTMLBuilder, fault: Fault, section: nodes.section) -> dict[str, Any]:
    """Return a page's own text, with its title and its contents."""
    uri = builder.get_target_uri(fault.page)
    contents = ""
    for name, node in parts(section):
        contents += f'<li><a class="reference internal" href="#{anchor(name)}">{escape(name)}</a></li>'
        node["ids"] = [anchor(name)]
        if isinstance(node, nodes.rubric):
            node["heading-level"] = 2
    document = new_document(fault.page, builder.docsettings)
    document += section
    builder.secnumbers, builder.fignumbers = {}, {}
    builder.imgpath, builder.dlpath = relative_uri(uri, "_images"), relative_uri(uri, "_downloads")
    builder.current_docname = fault.docname
    visitor = builder.create_translator(document, builder)
    document.walkabout(visitor)
    toc = f'<ul><li><a class="reference internal" href="#">{escape(fault.title)}</a>'
    return {
        "title": builder.render_partial(section[0].deepcopy())["title"],
        "body": "".join(visitor.fragment),  # type: ignore[attr-defined]
        "toc": toc + (f"<ul>{contents}</ul>" if contents else "") + "</li></ul>",
        "fault": fault,
    }


def _around(app: Sphinx, fault: Fault, before: Fault | None, after: Fault | None) -> dict[str, Any]:
    """Return the links around a page: to what it is part of, and to its neighbours."""
    here, builder = app.builder.get_target_uri(fault.page), app.builder

    def link(docname: str, title: str) -> dict[str, str]:
        return {"link": relative_uri(here, builder.get_target_uri(docname)), "title": escape(title)}

    above = [posixpath.join(posixpath.dirname(fault.docname), "index"), fault.docname]
    return {
        "parents": [link(name, app.env.titles[name].astext()) for name in above if name in app.env.titles],
        "prev": link(before.page, before.title) if before else None,
        "next": link(after.page, after.title) if after else None,
    }


def _crumbs(parents: Iterable[Mapping[str, str]]) -> str:
    """Return, as HTML, what a fault is one of."""
    links = ' <span aria-hidden="true">›</span> '.join(f'<a href="{it["link"]}">{it["title"]}</a>' for it in parents)
    return f'<nav class="fault-place" aria-label="Part of">{links}</nav>\n'


# -- Links ---------------------------------------------------------------------------------------


def _lead(app: Sphinx, section: nodes.section, fault: Fault, own: Mapping[str, str]) -> None:
    """Make the links of a section those of its own page."""
    here, source = app.builder.get_target_uri(fault.page), app.builder.get_target_uri(fault.docname)
    within = set[str]().union(*(node["ids"] for node in section.findall(nodes.Element)))
    for node in section.findall(nodes.reference):
        if "refid" in node and node["refid"] not in within:
            there = f"{source}#{node.attributes.pop('refid')}"
        elif node.get("internal") and "refuri" in node:
            there = _absolute(source, node)
        else:
            continue
        node["refuri"] = relative_uri(here, own.get(there, there))


def _absolute(source: str, node: nodes.reference) -> str:
    """Return where a link on a page leads, from the root of the site."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), node["refuri"]))


def _own_pages(app: Sphinx) -> dict[str, str]:
    """Return the address of each fault's page by those of its section."""
    uri = app.builder.get_target_uri
    return {f"{uri(fault.docname)}#{name}": uri(fault.page) for fault in faults(app.env) for name in fault.ids}


def _lead_here(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Lead the links of other pages to a fault's own."""
    if app.builder.name != "html":
        return
    here, own = app.builder.get_target_uri(docname), _own_pages(app)
    for node in doctree.findall(nodes.reference):
        if node.get("internal") and "#" in node.get("refuri", ""):
            there = _absolute(here, node)
            if there in own:
                node["refuri"] = relative_uri(here, own[there])


def _index(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Lead the entries of the general index to the faults' own pages."""
    if pagename != "genindex" or app.builder.name != "html":
        return
    own = _own_pages(app)

    def lead(links: list[tuple[str, str]]) -> None:
        links[:] = [(main, own.get(uri, uri)) for main, uri in links]

    for _, entries in context["genindexentries"]:
        for _, (links, within, *_) in entries:
            lead(links)
            for _, more in within:
                lead(more)


def setup(app: Sphinx) -> None:
    """Write the pages once the others are written."""
    app.connect("html-collect-pages", collect)
    app.connect("doctree-resolved", _lead_here, priority=900)  # after those that make links
    app.connect("html-page-context", _index)
