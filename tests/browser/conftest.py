"""One browser for deck and site: Chromium, with no network."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from project import ROOT
from tools.chromium import NoChromiumError, launch
from tools.print.book import beside


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    try:
        return {**browser_type_launch_args, **launch()}
    except NoChromiumError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    return {**browser_context_args, "viewport": {"width": 1280, "height": 720}, "offline": True}


@pytest.fixture
def faulty(site: Path, tmp_path: Path) -> Callable[[str, str, str], str]:
    """Write a page with a fault in it, away from the site that is published; return its address."""

    def write(name: str, was: str, now: str) -> str:
        html = (site / f"{name}.html").read_text()
        assert was in html
        return beside(site, tmp_path / "site", f"{name}.html", html.replace(was, now, 1)).as_uri()

    return write


@pytest.fixture(scope="session", autouse=True)
def untouched() -> Iterator[None]:
    """See to it that no test writes into the site, not even for a moment: it is what is published."""

    def changed() -> dict[Path, int]:
        return {it: it.stat().st_mtime_ns for it in (ROOT / "build/site").glob("**/")}

    before = changed()
    yield
    assert changed() == before
