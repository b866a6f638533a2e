"""Each picture on the site says what it shows."""

from __future__ import annotations

from pathlib import Path

from snippets.manifest import Manifest
from tests.unit.test_diagrams import without_words


def test_each_picture_says_what_it_shows(manifest: Manifest, site: Path) -> None:
    for folder in ("tutorial", "slides"):
        names = [page.page.partition("/")[2] for page in manifest.pages if page.page.startswith(f"{folder}/")]
        assert without_words(site.parent / "doctrees" / folder, names) == []
