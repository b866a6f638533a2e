"""A content security policy: a page runs and shows what is the site's own, and nothing that was put into it.

Once all pages are written, each gets a policy of its own as its first ``<meta>``. The few scripts and styles that stand
in it are allowed by their hashes. Styles of single elements, which no hash allows, become rules in a style sheet,
``_static/inline.css``. What scripts write as they run (Reveal.js does) is in ``policy_scripts`` and ``policy_styles``.

Servers that send headers find all of that as one policy in ``_headers``, in the form of Netlify and Cloudflare Pages,
and with it what only a header can say: what workers do is in ``policy_workers``.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from html import escape, unescape
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

INLINE = re.compile(r"<(script|style)(?![^>]*\ssrc=)(?:\s[^>]*)?>(.*?)</\1>", re.DOTALL)
STYLED = re.compile(r'<[a-z][^<>]*?\sstyle="([^"]*)"[^<>]*>')
#: The class that stands for a style.
NAME = re.compile(r"\binline-[0-9a-f]{8}\b")
META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">\n')
CHARSET = re.compile(r'<meta charset="utf-8"\s*/?>')
HEADERS = """/*
  Content-Security-Policy: {policy}; frame-ancestors 'self'
  Referrer-Policy: strict-origin-when-cross-origin
  X-Content-Type-Options: nosniff
"""
Sources = dict[str, list[str]]


def hashed(text: str) -> str:
    """Return how a policy names a script or style."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def written(sources: Sources) -> str:
    """Return a policy as it is written."""
    return "; ".join(" ".join([kind, *allowed]) for kind, allowed in sources.items())


def read(policy: str) -> Sources:
    """Read a policy that was written."""
    return {kind: allowed for kind, *allowed in (part.split() for part in policy.split(";"))}


def policy(html: str, scripts: Iterable[str] = (), styles: Iterable[str] = ()) -> Sources:
    """Return the policy of a page.

    :param scripts: what else is allowed as a script, as a policy names it
    """
    inline: Sources = {"script": [*scripts], "style": [*styles]}
    for kind, text in INLINE.findall(html):
        inline[kind].append(hashed(text))
    return {
        "default-src": ["'none'"],
        "script-src": ["'self'", *dict.fromkeys(inline["script"])],
        "style-src": ["'self'", *dict.fromkeys(inline["style"])],
        "img-src": ["'self'", "data:"],  # furo's style sheet has icons
        "font-src": ["'self'"],
        "connect-src": ["'self'"],  # the search, for the text around what was found; the demo
        "frame-src": ["'self'"],  # the speaker view
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
    }


def without_styles(html: str, rules: dict[str, str]) -> str:
    """Return a page whose elements have classes for styles; ``rules`` has the styles by class, and gets more."""

    def classed(tag: re.Match[str]) -> str:
        name = f"inline-{sha256(tag[1].encode()).hexdigest()[:8]}"
        rules[name] = unescape(tag[1]).strip().rstrip(";")
        rest = tag[0].replace(f' style="{tag[1]}"', "", 1)
        if ' class="' in rest:
            return rest.replace(' class="', f' class="{name} ', 1)
        return re.sub(r"(?=\s*/?>$)", f' class="{name}"', rest, count=1)

    return STYLED.sub(classed, html)


def _rules(sheet: Path) -> dict[str, str]:
    """Read the rules that earlier builds have written."""
    return dict(re.findall(r"^\.(.*) { (.*) }$", sheet.read_text(), re.MULTILINE)) if sheet.exists() else {}


def _pages(folder: Path) -> Iterator[Path]:
    names = sorted(path.relative_to(folder) for path in folder.rglob("*.html"))
    return (folder / name for name in names if not any(part.startswith("_") for part in name.parts))


def seal(folder: Path, scripts: Iterable[str] = (), styles: Iterable[str] = ()) -> None:
    """Give a policy to each page that has none.

    :raises ExtensionError: a page has no place for it
    """
    sheet = folder / "_static/inline.css"
    rules, used = _rules(sheet), set[str]()
    for path in _pages(folder):
        html = path.read_text()
        if META.search(html):
            used.update(NAME.findall(html))
            continue
        html = without_styles(html, rules)
        used.update(NAME.findall(html))
        place, home = CHARSET.search(html), re.search(r'data-content_root="([^"]*)"', html)
        if not place:
            raise ExtensionError(f"{path}: no <meta charset>, so there is no place for a policy")
        said = escape(written(policy(html, scripts, styles)), quote=False)
        meta = f'\n<meta http-equiv="Content-Security-Policy" content="{said}">\n'
        if "inline-" in html:
            meta += f'<link rel="stylesheet" href="{home[1] if home else ""}_static/inline.css">'
        path.write_text(html[: place.end()] + meta + html[place.end() :])
    if sheet.parent.is_dir():
        sheet.write_text("".join(f".{name} {{ {rule} }}\n" for name, rule in sorted(rules.items()) if name in used))


def headers(site: Path, workers: Iterable[str] = ()) -> str:
    """Return the headers that allow what any page of a site does, and what its workers do.

    :param workers: what else is allowed as a script: workers obey headers, and no page's policy
    """
    whole: Sources = {}
    for path in _pages(site):
        if found := META.search(path.read_text()):
            for kind, allowed in read(unescape(found[1])).items():
                whole[kind] = list(dict.fromkeys([*whole.get(kind, []), *allowed]))
    if whole:
        whole["script-src"] += [source for source in workers if source not in whole["script-src"]]
    return HEADERS.format(policy=written(whole))


def _seal(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.name not in ("html", "revealjs") or not app.config.policy:
        return
    seal(Path(app.outdir), app.config.policy_scripts, app.config.policy_styles)
    site = Path(app.outdir, app.config.policy_site)
    (site / "_headers").write_text(headers(site, app.config.policy_workers))


def setup(app: Sphinx) -> None:
    """Add the settings: what scripts write, and where the site begins that a build is a folder of."""
    app.add_config_value("policy", True, "html", bool)
    app.add_config_value("policy_scripts", [], "html", list)
    app.add_config_value("policy_styles", [], "html", list)
    app.add_config_value("policy_workers", [], "html", list)
    app.add_config_value("policy_site", ".", "html", str)
    app.connect("build-finished", _seal, priority=900)
