"""What the tests of the site share: where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import built


@pytest.fixture(scope="session")
def site() -> Path:
    """Give the site that make site has built."""
    return built.site()
