"""No address that was published is lost, and what has moved leads on."""

from __future__ import annotations

from pathlib import Path

from tests.unit.test_addresses import lost
from tools.addresses import moved, published, there


def test_nothing_that_was_published_is_lost(site: Path) -> None:
    assert len(published()) > 800  # or the list itself is lost
    assert published() - set(there(site)) == set()


def test_what_has_moved_is_where_its_old_address_leads(site: Path) -> None:
    assert lost(moved(), set(there(site))) == set()
