"""The content security policy: that each page has one, and that it allows what the page has and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from sphinx.errors import ExtensionError

from website.csp import META, hashed, headers, policy, read, seal, without_styles, written

PAGE = """<html data-content_root="../"><head><meta charset="utf-8">
<script src="a.js"></script><style>p { color: red }</style></head>
<body><script>go()</script><p class="a" style="top: 0; color: red">x</p><br style="top: 0"/></body></html>
"""
OTHER = '<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="">\n'


def test_what_stands_in_a_page_is_allowed_by_its_hash_and_nothing_else() -> None:
    sources = policy(PAGE, scripts=["'sha256-x'"])
    assert sources["script-src"] == ["'self'", "'sha256-x'", hashed("go()")]
    assert sources["style-src"] == ["'self'", hashed("p { color: red }")]
    assert sources["default-src"] == ["'none'"]
    assert read(written(sources)) == sources


def test_a_hash_is_the_browsers() -> None:
    assert hashed("") == "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"


def test_styles_of_elements_become_classes() -> None:
    rules: dict[str, str] = {}
    html = without_styles(PAGE, rules)
    assert sorted(rules.values()) == ["top: 0", "top: 0; color: red"]
    one, other = sorted(rules, key=lambda name: rules[name])
    assert f'<p class="{other} a">' in html
    assert f'<br class="{one}"/>' in html
    assert "style=" not in html


def test_a_page_is_sealed_once_and_what_it_needs_is_kept(tmp_path: Path) -> None:
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static/inline.css").write_text(".inline-0123abcd { top: 1px }\n.inline-ffffffff { top: 2px }\n")
    (tmp_path / "other.html").write_text(sealed_before := f'{OTHER}<p class="inline-0123abcd">')
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    seal(tmp_path)
    sealed = page.read_text()
    assert META.findall(sealed) == [written(policy(PAGE))]
    assert '<link rel="stylesheet" href="../_static/inline.css">' in sealed
    assert "top: 1px" in (rules := (tmp_path / "_static/inline.css").read_text())
    assert rules.count("\n") == 3  # without that of a page that is gone
    assert (tmp_path / "other.html").read_text() == sealed_before
    seal(tmp_path)
    assert page.read_text() == sealed


def test_a_page_without_a_place_for_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>")
    with pytest.raises(ExtensionError, match=r"page[.]html"):
        seal(tmp_path)


def test_a_server_allows_what_any_page_does(tmp_path: Path) -> None:
    for name, script in (("a", "a()"), ("b", "b()")):
        (tmp_path / f"{name}.html").write_text(f'<meta charset="utf-8"><script>{script}</script>')
    seal(tmp_path)
    assert f"script-src 'self' {hashed('a()')} {hashed('b()')};" in headers(tmp_path)
