"""What the site has around its text: titles, minutes, descriptions, the way back."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from project import ROOT
from snippets.manifest import Manifest, has_machine
from tests.unit.test_website import machine, pages, start
from tools.addresses import gone
from website import meta

# -- At its end ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the tutorial for an address, from a repository that can be seen."""
    place = tmp_path_factory.mktemp("published")
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "-c", ".", "-b", "html", "-d", place / "doctrees",
         "tutorial", place / "site"],
        cwd=ROOT, env=os.environ | {"SITE_URL": "https://example.org/wsgi/", "REPO_URL": "https://example.org/o/n/"},
        check=True, timeout=120,
    )  # fmt: skip
    return place / "site"


# -- What needs the address --------------------------------------------------------------------------


def said(page: Path) -> dict[str, str]:
    """Return what a page says of itself to those who link to it."""
    soup = BeautifulSoup(page.read_text(), "html.parser")
    found = {str(it.get("name") or it.get("property")): str(it["content"]) for it in soup.select("meta[content]")}
    canonical = soup.select_one("link[rel=canonical]")
    return found | ({"canonical": str(canonical["href"])} if canonical else {})


def test_a_page_says_where_it_is_and_what_it_is_about(published: Path) -> None:
    page = said(published / "install.html")
    assert page["canonical"] == page["og:url"] == "https://example.org/wsgi/install.html"
    assert page["og:title"] == "Install Apache and mod_wsgi"
    assert page["description"] == page["og:description"]
    assert (published / page["og:image"].removeprefix("https://example.org/wsgi/")).is_file()
    assert said(published / "index.html")["canonical"] == "https://example.org/wsgi/"


def test_the_sitemap_has_each_page_and_robots_the_sitemap(published: Path) -> None:
    sitemap = ElementTree.parse(published / "sitemap.xml")
    found = {str(it.text) for it in sitemap.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")}
    named = [re.sub(r"(^|/)index[.]html$", r"\1", name) for name in pages(published)]
    assert found == {f"https://example.org/wsgi/{name}" for name in ["slides/", *named]}
    assert "Sitemap: https://example.org/wsgi/sitemap.xml\n" in (published / "robots.txt").read_text()


def unlike_the_manifest(manifest: Manifest, site: Path) -> list[str]:
    """Return the pages whose first line, or last, is not what the manifest says of them."""
    found = []
    for page in manifest.pages:
        name = page.page.removeprefix("tutorial/")
        if not page.page.startswith("tutorial/"):
            continue
        runs = has_machine(page, manifest.of(page.page))
        html = (site / f"{name}.html").read_text()
        said = start(html)
        wanted = f"make try PAGE={page.page}" if runs else ""
        if machine(html) != wanted or bool(said) != runs or (said and bool(said[1]) != bool(page.starts_from)):
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
    wrong, edit, source = page_links(published)
    assert edit == "https://example.org/o/n/edit/main/tutorial/install.rst"
    assert source == "https://example.org/o/n"
    assert wrong.startswith("https://example.org/o/n/issues/new?title=Install+Apache+and+mod_wsgi%3A+&body=")
    assert page_links(site) == []
    for name in ("install", "troubleshooting/500/ah00027", "genindex", "index"):
        assert "doesn’t name its source" not in trust(published, name)
        assert "tell the people who publish it" in trust(site, name)


def trust(site: Path, name: str) -> str:
    """Return what a page says at its end of who made it, and how it was checked."""
    found = BeautifulSoup((site / f"{name}.html").read_text(), "html.parser").select_one("footer .trust")
    return " ".join(found.get_text().split()) if found else ""


def untrusted(site: Path) -> list[str]:
    """Return the pages that do not say at their end whose they are, under which licence, and when they were checked."""
    wanted = ("Copyright 2026 the contributors", "Vincent Férotin, 2013", "CC BY 4.0", "MIT", "last run", "Debian")
    return [name for name in pages(site) if not all(it in trust(site, name[:-5]) for it in wanted)]


def test_each_page_says_whose_it_is_and_when_it_was_checked(tmp_path: Path, site: Path) -> None:
    changed = [name for name in untrusted(site) if "has changed since it was last run" not in trust(site, name[:-5])]
    assert changed == []
    (tmp_path / "a.html").write_text('<footer><div class="trust">Copyright 2026 the contributors</div></footer>')
    assert untrusted(tmp_path) == ["a.html"]


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
    assert contents.startswith("# Python behind Apache, with mod_wsgi\n\n> These lessons show you")
    assert re.findall(r"^- \[.*?\]\((.*)[.]html\): .{50}", contents, re.MULTILINE) == names[1:]


def test_each_fault_has_a_page_that_the_list_of_symptoms_leads_to(site: Path) -> None:
    pages = {*(site / "troubleshooting").glob("*/*.html")} - {site / page for page in gone()}
    assert len(pages) >= 110
    listed = (site / "troubleshooting/index.html").read_text()
    assert [path.name for path in pages if f'href="{path.parent.name}/{path.name}"' not in listed] == []


def test_each_fault_has_the_form_and_says_what_became_of_its_blocks(site: Path) -> None:
    parts = ["Is it this?", "Fix", "Why", "See it happen", "Not it?", "Keep it from coming back"]
    pages = {path.stem: BeautifulSoup(path.read_text(), "html.parser") for path in site.glob("*/*/*.html")}
    titles = {name: [it.text.strip("¶ ") for it in page.select("[class*=fault-] > .admonition-title, summary, h2")]
              for name, page in pages.items() if page.select(".fault-place")}  # fmt: skip
    assert len(titles) >= 110
    assert {name: found for name, found in titles.items() if [it for it in found if it in parts] != parts} == {}
    assert [name for name in titles if not pages[name].select(".lesson-ran")] == []
