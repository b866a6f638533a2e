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


def not_linked(html: str) -> list[str]:
    """Return the sections of a page that no list at its beginning leads to."""
    page = BeautifulSoup(html, "html.parser").select_one("article section")
    assert page
    led = {link["href"] for part in page.find_all("ul", recursive=False) for link in part.select("a[href]")}
    return [str(it["id"]) for it in page.find_all("section", recursive=False) if f"#{it['id']}" not in led]


def test_who_has_a_configuration_to_check_is_led_to_each_section(site: Path) -> None:
    html = (site / "reference/what-t-catches.html").read_text()
    assert not_linked(html) == []
    lost = "wrong-names-of-groups-and-callables"
    assert not_linked(html.replace(f'href="#{lost}"', 'href="#else"')) == [lost]
