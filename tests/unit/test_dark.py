"""The colours of code on a dark page: easy to read, and none louder than the text around."""

from __future__ import annotations

from colorsys import rgb_to_hsv

import pytest
from pygments.style import Style

from website.dark import LOUD, Dark

#: The ground of a listing, and of a line in it that is marked, as site.css has them.
GROUND, MARKED = "#1e2126", "#3a3115"


def parts(colour: str) -> list[float]:
    return [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]


def luminance(colour: str) -> float:
    linear = [it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts(colour)]
    return sum(part * share for part, share in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def faults(style: type[Style]) -> set[str]:
    """Return what is pale, or loud, among a style's colours."""
    found = set()
    for colour in {f"#{it['color']}" for _, it in style if it["color"]}:
        for ground in (GROUND, MARKED):
            if (luminance(colour) + 0.05) / (luminance(ground) + 0.05) < 7:
                found.add(f"{colour} is pale on {ground}")
        if rgb_to_hsv(*parts(colour))[1] > 0.5:
            found.add(f"{colour} is loud")
    return found


def test_code_can_be_read_on_a_dark_page_and_is_not_loud() -> None:
    assert faults(Dark) == set()


@pytest.mark.parametrize("fault", ["#abe338 is loud", "#00e0e0 is loud", "#ffa07a is pale on #3a3115"])
def test_what_was_loud_or_pale_is_found(fault: str) -> None:
    assert fault in faults(LOUD)
