"""The front page: a door for each who comes, the field first on a phone, and a line of a log that arrives."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page

from project import ROOT
from tests import built

SITE = built.site()
FRONT = (SITE / "index.html").as_uri()
LINE = "AH01630: client denied by server configuration: /srv/a b/wsgi.py"


def test_a_line_of_a_log_arrives_without_javascript(browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(FRONT)
        page.get_by_label("Something fails?").fill(LINE)
        page.get_by_role("button", name="Find").click()
        there = urlsplit(page.url)
        assert there.path.endswith("/troubleshooting/index.html")
        assert parse_qs(there.query) == {"q": [LINE]}
        assert page.locator("article h1").is_visible()


def test_on_a_phone_the_field_and_the_doors_come_before_the_configuration(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(FRONT)
    field = page.get_by_label("Something fails?").bounding_box()
    assert field and field["y"] + field["height"] < 844
    tops = [it.bounding_box() for it in page.locator("article .front > section").all()]
    places = [it["y"] for it in tops if it]
    assert places == sorted(places)
    assert "WSGIDaemonProcess" in page.locator("article .front > section").last.inner_text()


def test_on_a_wide_screen_the_configuration_stands_beside_them(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(FRONT)
    start, beside = (page.locator(it).bounding_box() for it in ("#start-here", ".beside"))
    assert start and beside
    assert beside["x"] > start["x"] + start["width"]
    assert beside["y"] < start["y"]
    assert page.locator(".beside pre").last.evaluate("it => it.scrollWidth <= it.clientWidth")


def test_each_lesson_has_its_minutes_and_all_have_their_sum() -> None:
    soup = BeautifulSoup((SITE / "index.html").read_text(), "html.parser")
    rows = soup.select(".lessons ol > li")
    assert len(rows) == 10
    said = {str(row.a["href"]): int(row.select(".takes")[0].get_text().split()[0]) for row in rows if row.a}
    for name, takes in said.items():
        assert f"About {takes} minutes" in (SITE / name).read_text()
    total = soup.select_one(".lessons p.takes")
    assert total and f"About {sum(said.values())} minutes in all" in total.get_text()


def test_what_the_lines_are_for_is_said_of_lines_that_are_there() -> None:
    soup = BeautifulSoup((SITE / "index.html").read_text(), "html.parser")
    listing = (ROOT / "snippets/complete-example/mydomain.conf").read_text().split("\n")
    numbers = [int(n) for it in soup.select(".beside dt") for n in re.findall(r"\d+", it.get_text())]
    told = [n for n, line in enumerate(listing, 1) if line.strip() and not line.strip().startswith("<")]
    assert numbers == told  # each line that is no bracket, in its order


@pytest.mark.parametrize("name", ["index", "talk"])
def test_the_front_page_links_to_files_that_are_there(name: str) -> None:
    soup = BeautifulSoup((SITE / f"{name}.html").read_text(), "html.parser")
    links = [str(it["href"]).partition("#")[0] for it in soup.select("article a[href]")]
    own = {it for it in links if it and not re.match(r"\w+:", it)}
    assert "slides/index.html" in own
    assert [it for it in own if not (SITE / it).is_file()] == []
