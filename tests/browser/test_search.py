"""What the search finds first, from files, with no network, for what people type: ``tests/data/queries.toml``."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Page

from project import ROOT
from tests import built
from website.search import MOST

SITE = built.site()
QUERIES: dict[str, dict[str, list[str]]] = tomllib.loads((ROOT / "tests/data/queries.toml").read_text())
#: How many of 30 have to be right.
ENOUGH = 28 / 30


@cache
def read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(), "html.parser")


def there(site: Path, pages: list[str]) -> bool:
    return bool(pages) and all((site / f"{page.partition('#')[0]}.html").exists() for page in pages)


def wanted(site: Path, query: dict[str, list[str]]) -> list[str]:
    """Return what is to come first: the better answer, once its page is there."""
    then = query.get("then", [])
    return then if there(site, then) else query.get("first", [])


def within(site: Path, place: str, section: str) -> bool:
    """Tell whether a place of a page, as ``page#id``, is in the section wanted, as ``page`` or ``page#id``."""
    above, _, label = place.partition("#")[0].rpartition("/")
    if (site / f"{above}.html").exists() and not place.startswith(f"{section}#"):  # the page of a fault
        place = f"{above}#{label}"
    (page, _, anchor), (right, _, name) = place.partition("#"), section.partition("#")
    if page != right or not name:
        return page == right
    there = read(site / f"{page}.html")
    around, target = there.find(id=name), there.find(id=anchor)
    if isinstance(around, Tag) and around.name == "span":  # a label of the section it stands in
        around = around.parent
    return bool(target and around and (target is around or around in target.parents))


def results(page: Page) -> list[str]:
    """Return where the results lead that are shown, once all are."""
    page.locator(".search-summary:not(:empty)").wait_for()
    return [str(it.get_attribute("href")) for it in page.locator("#search-results li a").all()]


def first(page: Page, site: Path, query: str) -> str:
    """Type a query; return the page and section that are found first."""
    page.goto(f"{(site / 'search.html').as_uri()}?q={quote(query)}")
    return next(iter(results(page)), "").replace(".html", "", 1)


def wrong(page: Page, site: Path, queries: dict[str, dict[str, list[str]]]) -> dict[str, str]:
    """Return the queries that something else comes first for, and what."""
    found = {typed: (first(page, site, typed), wanted(site, query)) for typed, query in queries.items()}
    return {typed: it for typed, (it, right) in found.items() if not any(within(site, it, one) for one in right)}


def test_enough_queries_find_first_what_they_should(page: Page) -> None:
    now = {typed: query for typed, query in QUERIES.items() if "first" in query}
    later = {typed: query for typed, query in QUERIES.items() if typed not in now and wanted(SITE, query)}
    assert len(now) >= 30
    for queries in (now, later):
        bad = wrong(page, SITE, queries)
        assert len(queries) - len(bad) >= int(ENOUGH * len(queries)), bad


def swapped(query: str) -> str:
    """Return a query with two letters of its longest word in the wrong order."""
    word = max(query.split(), key=len)
    at = next(n for n in range(len(word) // 2, len(word)) if word[n - 1] != word[n])
    return query.replace(word, word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :], 1)


def dropped(query: str) -> str:
    """Return a query without a letter of its longest word."""
    word = max(query.split(), key=len)
    return query.replace(word, word[: len(word) // 2] + word[len(word) // 2 + 1 :], 1)


@pytest.mark.parametrize("change", [swapped, dropped])
def test_a_wrong_letter_finds_what_the_right_one_finds(page: Page, change: Callable[[str], str]) -> None:
    queries = {
        typed for typed in QUERIES if max(map(len, re.findall(r"[A-Za-z]+", typed))) > 4 and change(typed) != typed
    }
    queries = {
        typed for typed in queries if not re.search(r"\d", max(typed.split(), key=len))
    }  # a number is another one
    bad = {
        change(typed): it for typed in queries if (it := first(page, SITE, change(typed))) != first(page, SITE, typed)
    }
    assert len(bad) <= len(queries) / 10, bad


def test_a_search_that_finds_other_things_first_is_found(page: Page) -> None:
    typed = {
        "AH01630": {"first": ["install"]},
        "nginx": {"first": ["behind-nginx#undo-it"]},
        "zzzz": {"first": ["install"]},
    }
    assert wrong(page, SITE, typed).keys() == typed.keys()


@pytest.mark.parametrize("typed", ["WSGIDaemonPro", "reloads", "PYTHON-HOME"])
def test_a_beginning_another_form_and_capitals_are_found(page: Page, typed: str) -> None:
    assert first(page, SITE, typed)


@pytest.mark.parametrize("name", ["constructor", "__proto__"])
def test_a_word_that_every_object_of_javascript_has_is_a_word_like_others(
    page: Page, tmp_path: Path, name: str
) -> None:
    assert first(page, SITE, f"{name} nginx").partition("#")[0] == "behind-nginx"
    index = (SITE / "_static/sections.js").read_text()
    shutil.copytree(SITE / "_static", tmp_path / "site/_static")
    renamed, times = re.subn(r'("words":"[^"]* )nginx ', rf"\g<1>{name} ", index)
    assert times == 1
    (tmp_path / "site/_static/sections.js").write_text(renamed)
    shutil.copy(SITE / "search.html", tmp_path / "site")
    assert first(page, tmp_path / "site", name) == first(page, SITE, "nginx")


@pytest.mark.parametrize("typed", ["zzzz", "qwrtzp xyzzy"])
def test_what_is_not_found_leads_on_in_our_own_words(page: Page, typed: str) -> None:
    assert first(page, SITE, typed) == ""
    said = page.locator("article").inner_text()
    assert "categories" not in said
    assert "Nothing was found." in said
    for name in ("troubleshooting/index", "not-here", "genindex"):
        assert page.locator(f"#nothing-found a[href='{name}.html']").is_visible()
    first(page, SITE, "nginx")
    assert not page.locator("#nothing-found").is_visible()


def test_a_contraction_finds_nothing_by_its_beginning(page: Page) -> None:
    assert first(page, SITE, "don't") == ""
    assert first(page, SITE, "don")


@pytest.mark.parametrize("typed", ["docker", "celery", "gzip", "LDAP", "pyenv", "segfault"])
def test_what_is_on_no_page_finds_what_is_near(page: Page, typed: str) -> None:
    assert first(page, SITE, typed).partition("#")[0] == "not-here"


def test_an_excerpt_has_no_code_in_its_sentences(page: Page) -> None:
    page.goto((SITE / "search.html").as_uri())
    html = (SITE / "users.html").read_text()
    for anchor in (None, "#undo-it"):
        text = str(page.evaluate("([html, anchor]) => Search.htmlToText(html, anchor)", [html, anchor]))
        assert len(text) > 30
        assert "$ sudo" not in text
        assert not re.search(r"download|Ran on|About \d+ minutes", text)


def test_every_result_leads_somewhere(page: Page) -> None:
    page.goto(f"{(SITE / 'search.html').as_uri()}?q=apache")
    links = results(page)
    assert len(links) == MOST
    for link in links:
        name, _, anchor = link.partition("#")
        assert not anchor or read(SITE / name).find(id=anchor), link


def test_results_come_as_one_types_and_the_address_follows(page: Page) -> None:
    page.goto((SITE / "search.html").as_uri())
    field = page.locator(".find input")
    field.press_sequentially("reloads", delay=20)
    page.locator("#search-results li").first.wait_for()
    before = results(page)
    assert page.url.endswith("?q=reloads")
    field.fill("nginx")
    page.wait_for_url("**?q=nginx")
    typed = results(page)
    assert typed != before
    first(page, SITE, "nginx")
    assert typed == results(page)
    field.fill("zzzz")
    page.locator("#nothing-found").wait_for()
    field.fill("")
    page.locator("#nothing-found").wait_for(state="hidden")
    assert page.locator("#search-results li").count() == 0


@pytest.mark.parametrize("name", ["index", "install", "troubleshooting/index"])
def test_a_slash_leads_to_the_search(page: Page, name: str) -> None:
    page.goto((SITE / f"{name}.html").as_uri())
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"


#: Lines as they stand in a log, with times, numbers of processes, addresses and paths that are on no page.
DAY = "[Mon Jan 05 03:00:01.000001 2026]"
LINES = {
    f"{DAY} [wsgi:error] [pid 381:tid 386] [remote ::1:50888] mod_wsgi (pid=381): "
    "Target WSGI script '/srv/shop/app.py' does not contain WSGI application 'application'.": (
        "500/does-not-contain-wsgi-application"
    ),
    f"{DAY} [core:error] [pid 381:tid 386] (13)Permission denied: [client 10.0.0.7:5000] AH00035: access to / denied "
    "(filesystem path '/home/anna/site') because search permissions are missing on a component of the path": (
        "403-and-404/ah00035"
    ),
    "[Wed Dec 02 23:03:18 2026] [authz_core:error] [pid 4711] [client 192.0.2.9:55012] "
    "AH01630: client denied by server configuration: /var/www/board/wsgi.py": "403-and-404/ah01630",
    f"{DAY} [wsgi:error] [pid 99:tid 1] [client 192.0.2.9:55012] "
    "Truncated or oversized response headers received from daemon process 'board': /var/www/board/wsgi.py": (
        "hangs/truncated-or-oversized-response-headers-received-from-daemon-process"
    ),
    f"{DAY} [wsgi:error] [pid 99:tid 1] (111)Connection refused: mod_wsgi (pid=99): "
    "Unable to connect to WSGI daemon process 'board' on '/var/run/apache2/wsgi.99.0.1.sock'.": (
        "hangs/unable-to-connect-to-wsgi-daemon-process"
    ),
    f"{DAY} [wsgi:error] [pid 99:tid 1] [remote 192.0.2.1:5] ModuleNotFoundError: No module named 'flask'": (
        "500/no-module-named"
    ),
    f"{DAY} [rewrite:error] [pid 99:tid 1] [client 192.0.2.1:5] "
    "AH10410: Rewritten query string contains control characters or spaces": "403-and-404/ah10410",
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_a_log_finds_its_fault(page: Page, line: str) -> None:
    assert first(page, SITE, line) == f"troubleshooting/{LINES[line]}"
