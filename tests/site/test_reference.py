"""Each mistake that passes is shown happening."""

from __future__ import annotations

from pathlib import Path

from bs4 import BeautifulSoup

from reference.merge import TAKEN, load
from tools.record import modules

#: Mistakes that the config test lets through and no lesson shows. Troubleshooting may: then they link to it.
NOT_SHOWN = {
    "debugging-that-is-gone",
    "no-such-document-root",
    "optimized-in-words",
    "proxy-header-misspelt",
}


def test_each_mistake_that_passes_is_shown_happening(site: Path) -> None:
    page = (site / "reference/what-t-catches.html").read_text()
    record = load(modules.RECORDED)
    passed = {name for name, it in record["mistakes"].items() if str(it["said"]).endswith(TAKEN)}
    items = BeautifulSoup(page, "html.parser").select("dl.recorded-mistake")
    assert len(items) == len(record["mistakes"])
    assert {str(it.dt["id"]) for it in items if it.dt and not it.select("dd a")} & passed <= NOT_SHOWN
