"""What the link in a file's caption gives: from a server the file under its name, from a disk at least its text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from project import ROOT
from tests import built
from tools.record.lessons import served as site_served

SITE = built.site()
LISTING = ROOT / "snippets/complete-example/mydomain.conf"
LINK = "a.listing-download[download='mydomain.conf']"


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with site_served(SITE) as address:
        yield address


def test_from_a_server_a_file_comes_under_its_name(browser: Browser, served: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{served}/complete-example.html")
        with page.expect_download() as download:
            page.locator(LINK).first.click()
        assert download.value.suggested_filename == "mydomain.conf"
        assert download.value.path().read_text() == LISTING.read_text()


def test_from_a_disk_the_link_shows_the_file(page: Page) -> None:
    page.goto((SITE / "complete-example.html").as_uri())
    page.locator(LINK).first.click()
    page.wait_for_url("**/_downloads/**")
    assert page.locator("body").inner_text().rstrip() == LISTING.read_text().rstrip()
