"""The diagrams: one family of plain SVG, and each picture on a page says in words what it shows."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from docutils import nodes

from project import ROOT
from tests.project import Project

DIAGRAMS = sorted((ROOT / "snippets/diagrams").glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"
#: What each colour stands for; a line and what it encloses are of one hue.
COLOURS = {
    "#1e1e1e": "text", "#ffffff": "text on dark, paper", "#555555": "the way of a request, a user's bounds",
    "#86202f": "Apache", "#f8ebec": "Apache", "#1d5c8c": "a daemon process", "#e6f0f8": "a daemon process",
    "#6b4fa0": "an interpreter", "#f3effa": "an interpreter", "#2d6a3e": "the application",
    "#8a5200": "a socket", "#fff3dc": "a socket",
}  # fmt: skip

# -- The files -----------------------------------------------------------------------------------


def strange(svg: str) -> list[str]:
    """Say what is in a diagram that is not the family's, or would not show from every page and policy."""
    root = ElementTree.fromstring(svg)
    found = [f"<{name}> is missing" for name in ("title", "desc") if not (root.findtext(f"{SVG}{name}") or "").strip()]
    for element in root.iter():
        name = element.tag.removeprefix(SVG)
        if name not in ("svg", "title", "desc", "g", "rect", "circle", "path", "text"):
            found.append(f"<{name}>")
        found += [f"{name} {it}" for it in element.keys() if it in ("style", "class") or it.startswith("on")]  # noqa: SIM118
        for attribute in ("fill", "stroke"):
            if element.get(attribute, "none") not in (*COLOURS, "none"):
                found.append(f"{attribute} {element.get(attribute)}")
        if float(element.get("font-size", "16")) < 15:
            found.append(f"font-size {element.get('font-size')}")
    width, height = (float(root.get(name, "0")) for name in ("width", "height"))
    if root.get("viewBox") != f"0 0 {width:g} {height:g}":
        found.append("viewBox is another size")
    # With text of 15 or 16: 12 px in a phone's 330, and 22 px where a slide has 520 px of height for it.
    if width > 440 or height > 355:
        found.append("too large: its text would be too small")
    return found


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda path: path.stem)
def test_a_diagram_is_of_the_family(diagram: Path) -> None:
    assert strange(diagram.read_text()) == []


@pytest.mark.parametrize(
    ("right", "wrong", "found"),
    [
        (r"<title.*</title>", "", "<title> is missing"),
        (r"</svg>", "<style>text { fill: red }</style></svg>", "<style>"),
        (r"</svg>", '<text style="fill: red">x</text></svg>', "text style"),
        (r"#86202f", "#ff0000", "stroke #ff0000"),
        (r'font-size="16"', 'font-size="14"', "font-size 14"),
        (r'width="440"', 'width="441"', "viewBox is another size"),
        (r"\b440\b", "600", "too large: its text would be too small"),
    ],
)
def test_each_fault_of_a_diagram_is_found(right: str, wrong: str, found: str) -> None:
    svg = DIAGRAMS[0].read_text()
    faulty = re.sub(right, wrong, svg, count=0 if right == r"\b440\b" else 1)
    assert faulty != svg
    assert found in strange(faulty)


# -- On the pages --------------------------------------------------------------------------------


def without_words(doctrees: Path, names: Iterable[str]) -> list[str]:
    """Return the pictures of some pages that have no alternative text, or only their file's name."""
    found = []
    for name in names:
        doctree: nodes.document = pickle.loads((doctrees / f"{name}.doctree").read_bytes())
        for image in doctree.findall(nodes.image):
            path = Path(image["uri"])
            # Where there is none, docutils writes the address: a test of the built page would see a text.
            if image.get("alt", "").strip() in ("", image["uri"], path.name, path.stem):
                found.append(f"{name}: {path.name}")
    return found


def test_a_picture_without_words_is_found(tmp_path: Path) -> None:
    pictures = [
        ("none", ""),
        ("name", "\n   :alt: name.svg"),
        ("stem", "\n   :alt: stem"),
        ("good", "\n   :alt: A line"),
    ]
    page = "Index\n=====\n\n" + "\n\n".join(f".. image:: ../{name}.svg{alt}" for name, alt in pictures) + "\n"
    files = {f"{name}.svg": DIAGRAMS[0].read_text() for name, _ in pictures}
    project = Project(tmp_path, {"tutorial/index.rst": page} | files)
    project.build("html")
    faulty = ["index: none.svg", "index: name.svg", "index: stem.svg"]
    assert without_words(tmp_path / "build/doctrees/html-tutorial", ["index"]) == faulty
