"""What the site has around its text: titles, minutes, descriptions, the way back."""

from __future__ import annotations

import re
from pathlib import Path

from bs4 import BeautifulSoup

from snippets.manifest import Manifest
from tests.unit.test_website import pages, said, start
from website import meta


def unlike_the_manifest(manifest: Manifest, site: Path) -> list[str]:
    """Return the pages whose first line is not what the manifest says of them."""
    found = []
    for page in manifest.pages:
        name = page.page.removeprefix("tutorial/")
        if not page.page.startswith("tutorial/"):
            continue
        runs = any(block.role != "unchecked" for block in manifest.of(page.page))
        said = start((site / f"{name}.html").read_text())
        wanted = f"make try PAGE={page.page}" if runs else ""
        if (said[0].partition("Its machine: ")[2] if said else "") != wanted or (
            said and bool(said[1]) != bool(page.starts_from)
        ):
            found.append(page.page)
    return found


def test_each_lesson_of_the_tutorial_says_so(manifest: Manifest, site: Path) -> None:
    assert unlike_the_manifest(manifest, site) == []


def test_a_lesson_that_does_not_is_found(manifest: Manifest, site: Path) -> None:
    assert unlike_the_manifest(Manifest(manifest.pages, ()), site) != []


def page_links(site: Path) -> list[str]:
    soup = BeautifulSoup((site / "install.html").read_text(), "html.parser")
    return [str(link["href"]) for link in soup.select(".page-links a")]


def test_where_to_mend_a_page_is_said_if_there_is_a_repository(published: Path, site: Path) -> None:
    edit, wrong = page_links(published)
    assert edit == "https://example.org/o/n/edit/main/tutorial/install.rst"
    assert wrong.startswith("https://example.org/o/n/issues/new?title=Install+Apache+and+mod_wsgi%3A+&body=")
    assert page_links(site) == []


def test_without_an_address_all_of_it_is_left_out(site: Path) -> None:
    assert said(site / "install.html").keys() & {"canonical", "og:url", "og:image"} == set()
    assert not [name for name in meta.FILES if (site / name).exists()]


def badly_described(site: Path) -> list[str]:
    """Return the pages whose description would be cut, or says nothing."""
    return [name for name in pages(site) if not 50 <= len(said(site / name).get("description", "")) <= 160]


def test_each_page_has_a_description_of_its_own(tmp_path: Path, site: Path) -> None:
    assert badly_described(site) == []
    (tmp_path / "a.html").write_text('<meta name="description" content="Short">')
    assert badly_described(tmp_path) == ["a.html"]


# -- What is lost, and what machines read ---------------------------------------------------------------


def test_the_links_of_the_page_for_what_is_lost_start_at_the_root(published: Path, site: Path) -> None:
    assert {link[:6] for link in links_of(published / "404.html")} == {"/wsgi/"}
    assert {link[:1] for link in links_of(site / "404.html")} == {"/"}


def links_of(page: Path) -> list[str]:
    soup = BeautifulSoup(page.read_text(), "html.parser")
    linked = soup.select("[href], [src], [action]")
    addresses = [str(it.get("href") or it.get("src") or it.get("action")) for it in linked]
    return [it for it in addresses if not it.startswith(("#", "https:"))]


def test_machines_read_every_page_in_reading_order(manifest: Manifest, site: Path) -> None:
    full = (site / "llms-full.txt").read_text()
    assert "Ran on" not in full
    names = [page.page.removeprefix("tutorial/") for page in manifest.pages if page.page.startswith("tutorial/")]
    assert re.findall("^<(.*)[.]html>$", full, re.MULTILINE) == names
    contents = (site / "llms.txt").read_text()
    assert contents.startswith("# A very short introduction to mod_wsgi\n\n> You have")
    assert re.findall(r"^- \[.*?\]\((.*)[.]html\): .{50}", contents, re.MULTILINE) == names[1:]
