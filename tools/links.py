"""Check every link a reader can follow on the built pages: ``make linkcheck``.

A link inside the site, the deck's links to the tutorial among them, must lead to a file in ``build/site`` and
to an id there. A link to another site is requested by Sphinx's own ``linkcheck`` builder, with its settings in
``conf.py``. One that does not answer could not be checked. ``OFFLINE=1`` asks nothing outside.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lab.errors import UserError
from project import ROOT
from tools import cli

SITE = Path("build/site")
DECK = SITE / "slides"
REQUESTED = Path("build/linkcheck")

LINK_ATTRIBUTES = re.compile("href|src|poster|data-(src|background-(image|video|iframe))")  # data-: Reveal's
OTHER_ADDRESSES = {"data", "mailto", "tel"}
SOME = 5  # links without an answer that are told one by one
MISREAD = "Sphinx does not read this as an address"
# What linkcheck tells of a request without an answer, or with one that says nothing about the page.
UNANSWERED = re.compile(
    r"Max retries exceeded(?!.*CERTIFICATE_VERIFY_FAILED)"
    r"|Connection (aborted|broken)|Read timed out|^(403|429|5\d\d) "
)


class CannotCheck(UserError):
    """Something that the check itself needs is missing or cannot be read."""


class Page(HTMLParser):
    """The ids a built page has and the links it holds."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.home = ""  # where its links start that start at the server's root: 404.html may be shown at any depth
        self.links: dict[str, None] = {}  # each once, in the page's order
        self.feed(path.read_text("utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the ids and links of one tag."""
        if ("rel", "canonical") in attrs:  # this very page, where it will be
            return
        for name, value in attrs:
            if name == "id" or (tag, name) == ("a", "name"):
                self.ids.add(value or "")
            elif name == "data-content_root" and (value or "").startswith("/"):
                self.home = value or ""
            elif LINK_ATTRIBUTES.fullmatch(name):
                self.links[(value or "").strip()] = None


def read_site(root: Path) -> dict[Path, Page]:
    """Read every built page; a listing to download is none, whatever it is called.

    :raises CannotCheck: the tutorial or the deck is not built
    """
    for built in (SITE, DECK):
        if not (root / built / "index.html").is_file():
            raise CannotCheck(f"there is no {built / 'index.html'}: run `make site`")
    files = (path for path in (root / SITE).rglob("*.html") if "_downloads" not in path.parts)
    return {path: Page(path) for path in sorted(files)}


def is_external(link: str) -> bool:
    """Tell whether a link names a host."""
    return re.match(r"([a-z][a-z0-9+.-]*:)?//", link, re.IGNORECASE) is not None


def internal_fault(link: str, path: Path, pages: Mapping[Path, Page], root: Path) -> str:
    """Say what is wrong with a page's link to its own site; nothing when it is right."""
    parts = urlsplit(link)
    if parts.scheme:
        return "" if parts.scheme in OTHER_ADDRESSES else f"a {parts.scheme}: address leads nowhere"
    home = pages[path].home
    if home and parts.path.startswith(home):
        target = root / SITE / unquote(parts.path.removeprefix(home))
    else:
        target = Path(os.path.normpath(path.parent / unquote(parts.path))) if parts.path else path
    if not target.is_relative_to(root / SITE):
        return "leaves the site"
    if target.is_dir():
        target /= "index.html"
    name = target.relative_to(root)
    if not target.is_file():
        return f"there is no {name}"
    wanted = unquote(parts.fragment)
    if name.is_relative_to(DECK) and wanted.startswith("/"):  # Reveal's `#/id` and `#/id/step`
        wanted = wanted.split("/")[1]
    if wanted and target in pages and wanted not in pages[target].ids:
        return f"there is no id '{wanted}' in {name}"
    return ""


def external_fault(answer: Mapping[str, str]) -> str:
    """Say what is wrong with a link to another site; nothing when it is right."""
    url, status, info = answer["uri"], answer["status"], answer["info"]
    if status == "working":
        return ""
    if status == "redirected":
        _, mark, anchor = url.partition("#")
        return f"redirected: link to {info if '#' in info else info + mark + anchor}"
    return info or "linkcheck does not request such an address: link to an https: one"


def unanswered(answer: Mapping[str, str]) -> str:
    """Say why a request had no answer, or one that says nothing about the page; nothing if it had one."""
    if answer["status"] in ("timeout", "ignored") or UNANSWERED.search(answer["info"]):
        return re.sub(r".*Caused by (\w+).*", r"\1", answer["info"]) or answer["status"]
    return ""


def request(urls: Iterable[str], root: Path) -> list[dict[str, str]]:
    """Have Sphinx request addresses, and return the rows of linkcheck's ``output.json``.

    :raises CannotCheck: Sphinx failed, for another reason than a broken link
    """
    source, output = root / REQUESTED / "source", root / REQUESTED / "output.json"
    source.mkdir(parents=True, exist_ok=True)
    output.unlink(missing_ok=True)
    items = "".join(f"- `link <{url}>`__\n" for url in urls)
    (source / "index.rst").write_text(f"Links\n=====\n\n{items}", "utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "linkcheck", "-c", "."]
    command += ["-d", "build/doctrees/linkcheck", str(REQUESTED / "source"), str(REQUESTED)]
    patience = {"RES_OPTIONS": "timeout:2", **os.environ}  # a name server that is silent: 8 s a link, not 20
    done = subprocess.run(command, cwd=root, env=patience, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or not output.is_file():  # 1: a link is broken
        raise CannotCheck(f"Sphinx could not run linkcheck:\n{done.stderr}")
    return [json.loads(row) for row in output.read_text("utf-8").splitlines()]


def place(link: str, path: Path, root: Path) -> str:
    """Name the line a maintainer edits, or the built page where the link stands in no page's source."""
    name = path.relative_to(root / SITE).with_suffix(".rst")
    source = name if name.parts[0] == DECK.name else Path("tutorial") / name
    literal = re.compile(re.escape(link) + r"(?![\w/#?&=%-])")  # not the start of a longer address
    if (root / source).is_file():
        for number, line in enumerate((root / source).read_text("utf-8").splitlines(), 1):
            if literal.search(line):
                return f"{source}:{number}"
    return str(path.relative_to(root))


def check(root: Path, *, offline: bool) -> int:
    """Check the links of the site built under ``root``, print what is found, and return the exit status.

    :param offline: ask nothing outside the site
    :raises CannotCheck: as ``read_site`` and ``request`` do
    """
    pages = read_site(root)
    found = [(link, path) for path, page in pages.items() for link in page.links]
    internal = [(link, path) for link, path in found if not is_external(link)]
    external = {link: path for link, path in found if is_external(link)}  # a page it is on
    print(f"checking {len(internal)} links inside the site, {len(pages)} pages", flush=True)
    faults = [(link, path, internal_fault(link, path, pages, root)) for link, path in internal]
    silent: dict[str, str] = {}
    if offline:
        print(f"OFFLINE=1: the {len(external)} links to other sites are not checked")
    else:
        print(f"checking {len(external)} links to other sites", flush=True)
        answers = {answer["uri"]: answer for answer in request(external, root)}
        silent = {url: why for url in external if url in answers and (why := unanswered(answers[url]))}
        for link, path in external.items():
            if link not in silent:
                faults.append((link, path, external_fault(answers[link]) if link in answers else MISREAD))
    problems = [f"{place(link, path, root)}: {link}: {fault}" for link, path, fault in faults if fault]
    for problem in sorted(problems):
        print(problem)
    for url, why in islice(silent.items(), SOME):
        print(f"{place(url, external[url], root)}: {url}: no answer ({why})")
    if len(silent) > SOME:
        print(f"and {len(silent) - SOME} more: are you online? OFFLINE=1 leaves out the links to other sites")
    could_not = len(external) if offline else len(silent)
    print(f"problems: {len(problems)}, could not check: {could_not} of {len(external)} links to other sites")
    return 1 if problems or silent else 0


def main() -> int:
    """Check this repository; with ``OFFLINE=1`` in the environment nothing but itself."""
    return check(ROOT, offline=os.environ.get("OFFLINE") == "1")


if __name__ == "__main__":
    cli.run(main, "tools.links")
