"""``make addresses``: add to ``tests/data/addresses.txt`` what the built site has: before it is published.

No address in that list may be lost: others link there. What is renamed leaves a line in ``tutorial/moved.toml``, or a
label of the old name above the section.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup

from project import ROOT, SITE
from tools import cli

PUBLISHED = ROOT / "tests/data/addresses.txt"
MOVED = ROOT / "tutorial/moved.toml"
#: Ids that nobody gave: they count something.
COUNTED = re.compile(r"(id|index-)\d+")


def there(site: Path) -> Iterator[str]:
    """Yield the addresses of a built site: its pages, and the places on them that have a name."""
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site).as_posix()
        if re.search(r"(^|/)_|^404", name):
            continue
        yield name
        for place in BeautifulSoup(path.read_text(), "html.parser").select("article [id], .slides section[id]"):
            if not COUNTED.fullmatch(str(place["id"])):
                yield f"{name}#{place['id']}"


def published() -> set[str]:
    """Read the list."""
    return set(PUBLISHED.read_text().split()) if PUBLISHED.exists() else set()


def moved() -> dict[str, str]:
    """Read where addresses have moved, old to new."""
    table: dict[str, str] = tomllib.loads(MOVED.read_text())
    return table


def gone() -> set[str]:
    """Return the pages that are not there any more: others stand in their place, and lead on."""
    return {old for old in moved() if "#" not in old}


def main() -> int:
    """Add what is new; return the exit status."""
    kept, now = published(), set(there(SITE))
    PUBLISHED.write_text("\n".join(sorted(kept | now)) + "\n")
    print(f"tests/data/addresses.txt: {len(now - kept)} new, {len(kept - now)} lost, {len(kept | now)} in all")
    return 1 if kept - now else 0


if __name__ == "__main__":
    cli.run(main, "tools.addresses")
