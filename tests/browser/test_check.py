"""The form that runs the doctor on what is pasted: with Python in the browser, where it is made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from project import SITE
from tests.browser.panel import STAND_IN
from tests.browser.seen import SCHEMES, Scheme, violations
from tests.browser.test_in_browser import site

__all__ = ["site"]  # the fixture
pytestmark = pytest.mark.xdist_group("machine")  # it takes all it can get
WRONG = """<VirtualHost *:80>
    ServerName notes.example.org
    WSGIDaemonProcess notes threads=five
    Alias /static/ /srv/notes/static
</VirtualHost>
"""
RIGHT = """<VirtualHost *:80>
    ServerName notes.example.org
    Alias /static /srv/notes/static
    <Directory /srv/notes/static>
        Require all granted
    </Directory>
</VirtualHost>
"""
LOG = (
    "[Thu Dec 03 07:40:02.408483 2026] [authz_core:error] [pid 1:tid 1] [client ::1:1] AH01630: client denied by "
    "server configuration: /srv/a/wsgi.py\n"
)
HANGS = "addEventListener('message', () => postMessage({begins: true}))"
START = 60_000  # milliseconds, on a busy machine


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture
def form(context: BrowserContext, site: str) -> Iterator[Page]:
    page = opened(context, site)
    yield page
    page.close()


def opened(context: BrowserContext, site: str) -> Page:
    page = context.new_page()
    page.goto(f"{site}/ask-the-doctor.html")
    return page


def pasted(page: Page, text: str) -> str:
    """Have a text checked; return what is said of it."""
    page.locator(".check textarea").fill(text)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("button", name="Check", exact=True)).to_have_attribute(
        "aria-disabled", "false", timeout=START
    )
    return page.locator(".check [role=status]").inner_text()


def test_what_is_pasted_is_checked_by_the_doctor(form: Page, site: str) -> None:
    asked: list[str] = []
    form.context.on("request", lambda it: asked.append(it.url))
    assert pasted(form, WRONG) == "3 broken"
    assert [re.sub(r"\s+", " ", it) for it in form.locator(".check-found pre").all_inner_texts()] == [
        "3 WSGIDaemonProcess notes threads=five",
        "4 Alias /static/ /srv/notes/static",
    ]
    links = form.locator(".check-found a").evaluate_all("all => all.map(it => it.href)")
    assert len(links) == 3
    assert all((SITE / urlsplit(link).path.lstrip("/")).is_file() for link in links)
    expect(form.locator(".check-found")).to_be_focused()
    before = len(asked)
    group = "WSGIDaemonProcess a python-path=/srv/a user=a maximum-requests=1000\n# Permission denied\n"
    for right in (RIGHT, group + RIGHT):
        assert pasted(form, right) == "Nothing is wrong that can be seen in this text."
    expect(form.locator(".check-found")).to_be_empty()
    assert pasted(form, LOG) == "1 known message"
    assert "ah01630" in form.locator(".check-found a").first.inner_text()
    assert pasted(form, " \n") == "Paste something first."
    assert pasted(form, "x" * (1 << 20) + "y").startswith("That is more than a million letters")
    form.locator(".check select").select_option("6.1")
    assert pasted(form, "WSGILazyInitialization On") == "1 broken"
    assert asked[before:] == []  # it is loaded once, and nothing is sent
    assert all(it.startswith(site) for it in asked)
    assert not any("notes.example.org" in unquote(it) for it in asked)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_was_found_can_be_read_by_everybody(form: Page, scheme: Scheme) -> None:
    form.emulate_media(color_scheme=scheme)
    form.set_viewport_size({"width": 360, "height": 740})
    pasted(form, WRONG)
    assert violations(form) == []
    assert form.evaluate("document.documentElement.scrollWidth") == 360


def test_a_link_has_the_text_in_it(form: Page) -> None:
    text = WRONG + "# Grüße, ☃ +/=\n"
    form.locator(".check textarea").fill(text)
    form.get_by_role("button", name="Copy a link").click()
    expect(form.locator(".check [role=status]")).to_contain_text("Copied")
    link = form.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"[\w-]+", link.partition("#check=")[2])
    form.goto("about:blank")
    form.goto(link)
    expect(form.locator(".check [role=status]")).to_have_text("The text comes from the link. Press Check.")
    assert form.locator(".check textarea").input_value() == text
    form.goto("about:blank")
    form.goto(link[:-20])
    expect(form.locator(".check [role=status]")).to_contain_text("The link is not whole")


@pytest.mark.parametrize(
    ("file", "much"),
    [("pyodide.asm.bin", 0), ("pyodide.asm.bin", 5000), ("pyodide.asm.mjs", 0), ("wsgi-doctor.py", 5000)],
)
def test_where_python_cannot_be_loaded_it_says_so_and_can_be_tried_again(form: Page, file: str, much: int) -> None:
    def cut(route: Route) -> None:
        whole = route.fetch()
        route.fulfill(response=whole, body=whole.body()[:much]) if much else route.abort()

    form.route(f"**/{file}", cut)
    assert pasted(form, WRONG) == "Python could not be loaded. Are you online?"
    form.unroute(f"**/{file}")
    assert pasted(form, WRONG) == "3 broken"


def test_what_is_pasted_can_be_tried_on_a_real_apache(form: Page) -> None:
    written: list[str] = []
    form.on("dialog", lambda it: it.accept())
    form.on("console", lambda it: written.append(it.text))
    machine = STAND_IN.replace("OTHERS", "write: (path, text) => console.log(`${path}\\n${text}`),")
    form.route("**/inbrowser/worker.js", lambda it: it.fulfill(content_type="text/javascript", body=machine))
    form.get_by_role("button", name="Try it on a real Apache").click()
    expect(form.locator(".check [role=status]").first).to_have_text("Paste something first.")
    form.locator(".check textarea").fill(RIGHT)
    form.get_by_role("button", name="Try it on a real Apache").click()
    steps = form.locator(".machine-step")
    expect(steps).to_have_count(4)
    expect(form.locator(".machine-status")).to_contain_text("Apache")
    steps.last.get_by_role("button", name="Run to block 4").click()
    expect(steps.last).to_have_attribute("data-verdict", "same")
    assert [step.get_attribute("data-verdict") for step in steps.all()] == ["same"] * 4
    assert written == [
        f"/etc/apache2/sites-available/pasted.conf\n{RIGHT}",
        f"/home/reader/wsgi-doctor.py\n{(SITE / 'wsgi-doctor.py').read_text()}",
    ]
    form.get_by_role("button", name="Close").click()
    expect(form.locator(".check-machine")).to_be_empty()
    expect(form.get_by_role("button", name="Try it on a real Apache")).to_be_focused()


def test_a_check_that_does_not_end_is_stopped(form: Page) -> None:
    def hang(route: Route) -> None:
        route.fulfill(content_type="text/javascript", body=HANGS)

    form.clock.install()
    form.route("**/check-worker.js", hang)
    form.locator(".check textarea").fill(WRONG)
    form.get_by_role("button", name="Check", exact=True).click()
    expect(form.locator(".check [role=status]")).to_have_text("Checking…")
    form.clock.fast_forward(31_000)
    expect(form.locator(".check [role=status]")).to_contain_text("stopped after 30 seconds")
    form.unroute("**/check-worker.js")
    form.clock.resume()
    assert pasted(form, WRONG) == "3 broken"
