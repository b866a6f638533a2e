"""The list of symptoms: what is pasted finds its row; without JavaScript all rows are there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests import built

LIST = (built.site() / "troubleshooting/index.html").as_uri()
#: What people have on the screen, with their own names and paths, and the fault that it is.
PASTED = {
    "[Mon Dec 01 10:11:12.131415 2026] [authz_core:error] [pid 4242:tid 139] [client 127.0.0.1:51234] AH01630: client "
    "denied by server configuration: /home/bob/site/wsgi.py": "ah01630",
    "[Tue Dec 02 09:00:01 2026] [wsgi:error] [pid 77] [remote 10.0.0.9:443] mod_wsgi (pid=77): Exception occurred "
    "processing WSGI script '/var/www/shop/shop/wsgi.py'.": "exception-occurred-processing",
    "[wsgi:error] [pid 9] [remote ::1:5000] ModuleNotFoundError: No module named 'flask'":
        "no-module-named-in-the-virtual-environment",
    "Invalid command 'WSGIScriptAlias', perhaps misspelled or defined by a module not included in the server "
    "configuration": "invalid-command",
    "Truncated or oversized response headers received from daemon process 'shop': /var/www/shop/wsgi.py":
        "truncated-or-oversized-response-headers-received-from-daemon-process",
    "mod_wsgi (pid=1): Target WSGI script '/srv/shop/app.wsgi' does not contain WSGI application 'application'.":
        "does-not-contain-wsgi-application",
    "WSGI0105": "could-not-read-compile-source-file",
    "(98)Address already in use: AH00072: make_sock: could not bind to address [::]:80": "ah00072",
    "AH00035: access to / denied (filesystem path '/home/ann') because search permissions are missing on a component "
    "of the path": "ah00035",
    "TypeError: 'NoneType' object is not iterable": "nonetype-object-is-not-iterable",
    "Timeout when reading response headers from daemon process 'shop': /srv/shop/wsgi.py":
        "timeout-when-reading-response-headers-from-daemon-process",
    "server reached MaxRequestWorkers setting, consider raising the MaxRequestWorkers setting":
        "server-reached-maxrequestworkers-setting",
    "welcome page": "another-virtual-host-answers",
    "old code": "a-change-of-the-code-has-no-effect",
}  # fmt: skip
#: A list is short if it is read at a glance.
SHORT = 5


def rows(page: Page) -> list[str]:
    """Return the faults that the rows in sight lead to."""
    links = page.locator("table.symptoms tbody tr:not([hidden]) a")
    return [str(link.get_attribute("href")).rpartition("/")[2].removesuffix(".html") for link in links.all()]


@pytest.mark.parametrize("pasted", PASTED)
def test_what_is_pasted_finds_its_row_and_few_others(page: Page, pasted: str) -> None:
    page.goto(LIST)
    page.locator(".find-symptom input").fill(pasted)
    assert PASTED[pasted] in rows(page)
    assert page.locator("table.symptoms tbody tr:not([hidden])").count() <= SHORT


def test_a_status_leaves_the_rows_of_its_section_and_comes_in_the_address_too(page: Page) -> None:
    page.goto(f"{LIST}?q=403")
    assert page.locator(".find-symptom input").input_value() == "403"
    assert page.locator("article section section:not([hidden]) h2").all_inner_texts()[0].startswith("403 Forbidden")
    assert "ah01630" in rows(page)
    assert "apxs" not in rows(page)


def test_what_is_in_no_row_is_told_and_all_comes_back(page: Page) -> None:
    page.goto(LIST)
    everything = len(rows(page))
    page.locator(".find-symptom input").fill("zebra giraffe")
    assert rows(page) == []
    assert "No symptom has these words" in page.locator(".find-symptom .found").inner_text()
    page.locator(".find-symptom input").fill("")
    assert len(rows(page)) == everything >= 100


def test_without_javascript_the_whole_list_is_there_and_no_field(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(LIST)
    assert len(rows(page)) >= 100
    assert not page.locator(".find-symptom input").is_visible()
    context.close()
