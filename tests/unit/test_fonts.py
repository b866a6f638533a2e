"""The font of site and deck: cut down, kept, and beside the pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from tests.project import Project
from website import fonts


def test_a_face_is_cut_down_and_keeps_what_a_sentence_wants(tmp_path: Path) -> None:
    face = fonts.FOLDER / "source-sans-pro-regular.ttf"
    small = tmp_path / "small.woff2"
    small.write_bytes(fonts.cut(face))
    assert small.stat().st_size < 40_000 < face.stat().st_size
    assert {*map(ord, "aé…–’“→·✓")} <= {*TTFont(small).getBestCmap()}


def test_a_face_is_cut_again_if_something_else_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut: list[bytes] = []

    def counted(face: Path) -> bytes:
        cut.append(bytes([len(cut)]))
        return cut[-1]

    monkeypatch.setattr(fonts, "cut", counted)
    face = tmp_path / "face.ttf"
    for data, signs in ((b"a", [1]), (b"a", [1]), (b"a", [1, 2]), (b"b", [1, 2])):
        face.write_bytes(data)
        monkeypatch.setattr(fonts, "SIGNS", signs)
        assert fonts.kept(face, tmp_path / "kept") == cut[-1]
    assert len(cut) == 3
    assert len([*(tmp_path / "kept").iterdir()]) == 1


def test_the_site_has_each_face_that_its_style_sheet_names(tmp_path: Path) -> None:
    project = Project(tmp_path, {"conf.py": 'extensions = ["snippets", "website"]\n', "tutorial/index.rst": "A\n=\n"})
    project.build("html")
    there = {path.name for path in (tmp_path / "build/html/_static/fonts").iterdir()}
    assert there == {f"source-sans-pro-{face}.woff2" for face in fonts.FACES}
