"""The built site, for tests that look at it, and for what needs it with something changed."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def site() -> Path:
    """Return where the site is.

    :raises Failed: it has not been built; in one line
    """
    for name in ("build/site/index.html", "build/site/slides/index.html"):
        if not (ROOT / name).exists():
            pytest.fail(f"there is no {name}: run make site", pytrace=False)
    return ROOT / "build/site"


def beside(site: Path, place: Path, name: str, html: str) -> Path:
    """Write a page into a folder of its own that has all else of a site, which stays as it is; return the page.

    :param place: the folder, which is made
    """
    place.mkdir()
    for it in site.iterdir():
        if it.name != name:
            (place / it.name).symlink_to(it)
    (place / name).write_text(html)
    return place / name
