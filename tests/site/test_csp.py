"""Each page of the site has a policy, and no more holes than it needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from website.csp import META, STYLED, headers

# -- The site --------------------------------------------------------------------------------------


def unsealed(site: Path) -> list[str]:
    """Say which pages lack a policy, have one that allows anything at all, or what no hash can allow."""
    found = []
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site).as_posix()
        if re.search(r"(^|/)_", name):
            continue
        html = path.read_text()
        said = META.search(html)
        if not said or re.search(r"\*|https?:|'unsafe-(inline|eval)'", said[1]):
            found.append(f"{name}: policy")
        found += [f"{name}: {tag[0]}" for tag in STYLED.finditer(html)]
        found += [f"{name}: {handler}" for handler in re.findall(r"<[a-z][^<>]*\s(on[a-z]+)=", html)]
    return found


def test_each_page_of_the_site_has_a_policy(site: Path) -> None:
    assert unsealed(site) == []
    assert len(headers(site)) < 4000


@pytest.mark.parametrize(
    ("right", "wrong", "found"),
    [
        ('<meta http-equiv="Content-Security-Policy"', "<meta", "index.html: policy"),
        ("style-src 'self'", "style-src 'unsafe-inline'", "index.html: policy"),
        ("<h1>", '<h1 style="top: 0">', 'index.html: <h1 style="top: 0">'),
        ("<h1>", '<h1 onclick="go()">', "index.html: onclick"),
    ],
)
def test_each_hole_is_found(site: Path, tmp_path: Path, right: str, wrong: str, found: str) -> None:
    html = (site / "index.html").read_text()
    (tmp_path / "index.html").write_text(html.replace(right, wrong, 1))
    assert found in unsealed(tmp_path)


def test_the_headers_are_those_of_tutorial_and_deck(site: Path) -> None:
    assert (site / "_headers").read_text() == headers(site, ["'wasm-unsafe-eval'"])
    assert "wasm" not in headers(site)  # of the pages
    assert "'unsafe-hashes'" in headers(site)
