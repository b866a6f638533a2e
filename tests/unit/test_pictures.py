"""The pictures in the README: there, of a screen's size, light, and taken only of what has run."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import pytest

from lab import image
from lab.errors import UserError
from project import ROOT
from tools.record import pictures

README = ROOT / "README.md"


def test_the_readme_shows_each_picture_and_no_other() -> None:
    shown = re.findall(r"!\[[^\]]{20,}\]\(snippets/recorded/(\S+?\.png)\)", README.read_text())
    assert shown == list(pictures.PICTURES) == sorted(path.name for path in pictures.RECORDED.glob("*.png"))


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_a_picture_is_of_a_screen_and_light(name: str) -> None:
    data = (pictures.RECORDED / name).read_bytes()
    assert struct.unpack(">8x4x4sII", data[:24]) == (b"IHDR", 1280, 720)
    assert len(data) < 200_000


def test_the_card_has_the_shape_that_others_show() -> None:
    data = pictures.CARD.read_bytes()
    assert struct.unpack(">8x4x4sII", data[:24]) == (b"IHDR", 1280, 672)
    assert len(data) < 100_000


@pytest.mark.parametrize("labs", [[], list(image.LABS)[:1]], ids=["nothing", "one"])
def test_no_picture_is_taken_before_the_suite_has_run_on_every_lab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, labs: list[str]
) -> None:
    monkeypatch.setattr(pictures, "ROOT", tmp_path)
    results = tmp_path / "build/snippets/results.json"
    results.parent.mkdir(parents=True)
    lab = {"debian": "13", "apache": "2.4", "mod_wsgi": "5.0", "python": "3.13"}
    results.write_text(json.dumps({"labs": dict.fromkeys(labs, lab), "blocks": [], "pages": []}))
    missing = ", ".join(sorted(set(image.LABS) - set(labs)))
    with pytest.raises(UserError, match=f"^nothing has run on {missing}: make snippets-test LAB=all$"):
        pictures.main()
