"""The built site, for tests that look at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from project import ROOT, SITE


def site() -> Path:
    """Return where the site is.

    :raises Failed: it has not been built; in one line
    """
    for name in ("build/site/index.html", "build/site/slides/index.html"):
        if not (ROOT / name).exists():
            pytest.fail(f"there is no {name}: run make site", pytrace=False)
    return SITE
