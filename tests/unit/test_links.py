"""What ``make linkcheck`` says of each kind of link; a server that runs here stands for the other sites."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tools import links

UNREACHABLE = "http://nowhere.invalid/"
EXPIRED = "Max retries exceeded (Caused by SSLError('[SSL: CERTIFICATE_VERIFY_FAILED] has expired'))"


class Server(BaseHTTPRequestHandler):
    """Two pages that are there, one that has moved, and a page for each status."""

    def do_GET(self) -> None:
        statuses = {"/good": 200, "/*odd*_": 200, "/moved": 301}
        self.send_response(statuses.get(self.path) or int(self.path[1:]))
        self.send_header("Location", "/good")
        self.end_headers()
        self.wfile.write(b'<h1 id="there">Good</h1>')

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as served:
        Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


class House:
    """A repository whose tutorial and deck are a page each, with the links given to them."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self.capsys = root, capsys
        self.write("conf.py", "")
        self.tutorial()
        self.deck()

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def tutorial(self, *addresses: str) -> None:
        anchors = "".join(f'<a href="{address}">x</a>' for address in addresses)
        self.write("build/site/index.html", f'<h1 id="install"><a name="old">Install</a></h1>{anchors}')
        self.write("tutorial/index.rst", "".join(f"`x <{address}>`__\n" for address in addresses))

    def deck(self, *addresses: str) -> None:
        anchors = "".join(f'<a href="{address}">x</a>' for address in addresses)
        self.write("build/site/slides/index.html", f'<section id="hello">{anchors}</section>')

    def check(self, *, offline: bool = False) -> tuple[int, list[str]]:
        status = links.check(self.root, offline=offline)
        return status, self.capsys.readouterr().out.splitlines()[2:]  # without what is being done

    def main(self, monkeypatch: pytest.MonkeyPatch, offline: str = "") -> tuple[int, str]:
        monkeypatch.setattr(links, "ROOT", self.root)
        monkeypatch.setenv("OFFLINE", offline)
        return links.main(), self.capsys.readouterr().out


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("NO_PROXY", "*")
    return House(tmp_path, capsys)


# -- Inside the site -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "#install", "#old", "#", "", "index.html#install", "slides/", "slides/index.html#hello",
        "slides/index.html#/", "slides/index.html#/hello", "slides/index.html#/hello/2",
        "_static/a%20b.css?v=1", "mailto:me@example.org", "data:image/gif;base64,R0",
    ],
)  # fmt: skip
def test_a_right_link_inside_the_site(house: House, address: str) -> None:
    house.write("build/site/_static/a b.css", "")
    pages = links.read_site(house.root)
    assert links.internal_fault(address, house.root / "build/site/index.html", pages, house.root) == ""


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("gone.html", "there is no build/site/gone.html"),
        ("_static/", "there is no build/site/_static/index.html"),
        ("#gone", "there is no id 'gone' in build/site/index.html"),
        ("slides/index.html#/gone", "there is no id 'gone' in build/site/slides/index.html"),
        ("index.html#/install", "there is no id '/install' in build/site/index.html"),
        ("../../conf.py", "leaves the site"),
        ("/index.html", "leaves the site"),
        ("file:conf.py", "a file: address leads nowhere"),
    ],
)
def test_a_wrong_link_inside_the_site(house: House, address: str, fault: str) -> None:
    house.write("build/site/_static/a.css", "")
    pages = links.read_site(house.root)
    assert links.internal_fault(address, house.root / "build/site/index.html", pages, house.root) == fault


def test_a_listing_to_download_is_no_page(house: House) -> None:
    house.write("build/site/_downloads/1/page.html", '<a href="{{ nowhere }}">x</a>')
    pages = links.read_site(house.root)
    assert not any("_downloads" in page.parts for page in pages)
    assert links.internal_fault("_downloads/1/page.html", house.root / "build/site/index.html", pages, house.root) == ""


def test_links_that_start_at_the_root_of_a_server(house: House) -> None:
    lost = house.root / "build/site/404.html"
    house.write("build/site/404.html", '<html data-content_root="/wsgi/">')
    pages = links.read_site(house.root)
    faults = [
        links.internal_fault(address, lost, pages, house.root)
        for address in ("/wsgi/index.html#install", "/wsgi/", "/wsgi/gone.html", "/index.html")
    ]
    assert faults == ["", "", "there is no build/site/gone.html", "leaves the site"]


def test_links_from_the_deck(house: House) -> None:
    house.deck("../index.html#install", "#/hello", "../index.html#gone", "#/gone")
    deck = "build/site/slides/index.html"
    assert house.check(offline=True) == (
        1,
        [
            f"{deck}: #/gone: there is no id 'gone' in {deck}",
            f"{deck}: ../index.html#gone: there is no id 'gone' in build/site/index.html",
            "problems: 2, could not check: 0 of 0 links to other sites",
        ],
    )


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ('<img src="a.svg">', ["a.svg"]),
        ('<section data-background-image=" a.svg ">', ["a.svg"]),
        ('<a href="a?x=1&amp;y=2">x</a><a href="a?x=1&amp;y=2">x</a>', ["a?x=1&y=2"]),
        ('<link rel="canonical" href="https://example.org/">', []),
        ('<script>"<a href=x>"</script>', []),
    ],
)
def test_what_is_a_link(house: House, tag: str, found: list[str]) -> None:
    house.write("page.html", tag)
    assert list(links.Page(house.root / "page.html").links) == found


def test_a_link_is_placed_on_its_own_line_of_the_source(house: House) -> None:
    house.tutorial("https://example.org/longer", "https://example.org/")
    page = house.root / "build/site/index.html"
    assert links.place("https://example.org/", page, house.root) == "tutorial/index.rst:2"
    assert links.place("https://example.com/", page, house.root) == "build/site/index.html"


# -- To other sites ------------------------------------------------------------------------------


def test_good_links(house: House, server: str) -> None:
    house.tutorial(f"{server}/good", f"{server}/good#there", f"{server}/*odd*_", f"{server}/moved")
    house.write("conf.py", "linkcheck_allowed_redirects = {'.*/moved': '.*/good'}")
    assert house.check() == (0, ["problems: 0, could not check: 0 of 4 links to other sites"])


def test_offline_nothing_outside_is_asked(house: House, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    house.tutorial(f"{server}/404", UNREACHABLE, "gone.html")
    monkeypatch.setattr(links, "request", lambda *_: pytest.fail("something was asked"))
    status, out = house.main(monkeypatch, offline="1")
    assert status == 1
    assert "OFFLINE=1: the 2 links to other sites are not checked\n" in out
    assert "tutorial/index.rst:3: gone.html: there is no build/site/gone.html\n" in out
    assert out.endswith("problems: 1, could not check: 2 of 2 links to other sites\n")
    house.tutorial(UNREACHABLE)
    status, out = house.main(monkeypatch, offline="1")
    assert status == 0
    assert out.endswith("problems: 0, could not check: 1 of 1 links to other sites\n")


def test_wrong_links(house: House, server: str) -> None:
    faults = {
        f"{server}/404": "404 Client Error",
        f"{server}/good#gone": "Anchor 'gone' not found",
        f"{server}/moved#there": f"redirected: link to {server}/good#there",
        "//example.org/": "linkcheck does not request such an address",
        "https://example.org/a b": "Sphinx does not read this as an address",
    }
    house.tutorial(*faults)
    status, lines = house.check()
    assert status == 1
    assert lines.pop() == "problems: 5, could not check: 0 of 5 links to other sites"
    for number, (line, (address, fault)) in enumerate(zip(lines, faults.items(), strict=True), 1):
        assert line.startswith(f"tutorial/index.rst:{number}: {address}: {fault}")


def test_no_answer(house: House, server: str) -> None:
    reasons = {
        UNREACHABLE: "NameResolutionError",
        "http://127.0.0.1:1/": "NewConnectionError",
        f"{server}/500": "500 Server Error",
        f"{server}/503": "service unavailable",
    }
    house.tutorial(*reasons)
    status, lines = house.check()
    assert status == 1
    assert lines.pop() == "problems: 0, could not check: 4 of 4 links to other sites"
    for number, (line, (address, reason)) in enumerate(zip(lines, reasons.items(), strict=True), 1):
        assert line.startswith(f"tutorial/index.rst:{number}: {address}: no answer ({reason}")


def test_without_a_network_a_few_are_told_and_what_to_type(house: House, server: str) -> None:
    house.tutorial(*(f"{server}/50{n}" for n in range(7)))
    status, lines = house.check()
    assert status == 1
    assert [line.rpartition("no answer")[1] for line in lines[: links.SOME]] == ["no answer"] * links.SOME
    assert lines[links.SOME :] == [
        "and 2 more: are you online? OFFLINE=1 leaves out the links to other sites",
        "problems: 0, could not check: 7 of 7 links to other sites",
    ]


@pytest.mark.parametrize(
    ("status", "info", "answered"),
    [
        ("timeout", "", False),
        ("broken", "Read timed out.", False),
        ("broken", "Max retries exceeded (Caused by ProxyError('Tunnel connection failed: 403'))", False),
        ("broken", "('Connection aborted.', RemoteDisconnected())", False),
        ("broken", "429 Client Error: Too Many Requests", False),
        ("broken", "403 Client Error: Forbidden for url: https://example.org/", False),  # a wall against robots
        ("broken", "Exceeded 30 redirects.", True),
        ("broken", EXPIRED, True),
    ],
)
def test_what_counts_as_no_answer(status: str, info: str, answered: bool) -> None:
    answer = {"uri": UNREACHABLE, "status": status, "info": info}
    assert bool(links.unanswered(answer)) != answered
    assert not answered or links.external_fault(answer) == info


# -- What else is needed -------------------------------------------------------------------------


@pytest.mark.parametrize("name", [f"{links.SITE}/index.html", f"{links.DECK}/index.html"])
def test_something_is_missing(house: House, name: str) -> None:
    (house.root / name).unlink()
    with pytest.raises(links.CannotCheck, match=f"^there is no {name}: run `make site`$"):
        house.check()


def test_sphinx_fails(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(house.root))  # for Sphinx's report of its crash
    house.write("conf.py", "def setup(app): app.connect('build-finished', lambda *_: 1 / 0)")
    with pytest.raises(links.CannotCheck, match="division by zero"):
        house.check()


def test_an_earlier_answer_is_not_taken_for_this_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.write("build/linkcheck/output.json", "")
    monkeypatch.setattr("sys.executable", "false")
    with pytest.raises(links.CannotCheck):
        house.check()
