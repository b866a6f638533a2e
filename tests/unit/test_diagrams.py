"""The diagrams: one family of plain SVG, and each picture on a page says in words what it shows."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterable
from itertools import zip_longest
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
#: What the legend calls a colour, in each diagram that has it.
LEGEND = {"#f8ebec": "Apache", "#e6f0f8": "mod_wsgi", "#f3effa": "Python", "#2d6a3e": "yours"}
ON_SLIDES = set(re.findall(r"diagrams/([\w-]+)\.svg", (ROOT / "slides/index.rst").read_text()))

# -- The files -----------------------------------------------------------------------------------


def strange(svg: str, *, on_slide: bool = False) -> list[str]:
    """Say what is in a diagram that is not the family's, or would not show from every page and policy.

    :param on_slide: it has to be legible on a slide too
    """
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
    # With text of 15 or 16: 12 px in a phone's 330, and 22 px where a slide has 515 px of height for it.
    if width > 440 or height > (351 if on_slide else 455):
        found.append("too large: its text would be too small")
    return found + [f"the legend says {said}; it is {due}" for said, due in [legend(root)] if said != due]


def legend(root: ElementTree.Element) -> tuple[list[str], list[str]]:
    """Return what a legend says of the colours, each with its word, and what it has to say of the drawing."""
    own = next((group for group in root.iter(f"{SVG}g") if group.get("id") == "legend"), ElementTree.Element("g"))
    fills = [it.get("fill", "") for it in own.iter(f"{SVG}rect")]
    words = [it.text or "" for it in own.iter(f"{SVG}text")]
    drawn = {it.get("fill") for it in root.iter() if it not in set(own.iter())}
    said = [f"{fill} {word}" for fill, word in zip_longest(fills, words)]
    return said, [f"{fill} {word}" for fill, word in LEGEND.items() if fill in drawn]


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda path: path.stem)
def test_a_diagram_is_of_the_family(diagram: Path) -> None:
    assert strange(diagram.read_text(), on_slide=diagram.stem in ON_SLIDES) == []


def test_a_diagram_for_a_slide_is_less_high() -> None:
    assert len(ON_SLIDES) > 1 and {diagram.stem for diagram in DIAGRAMS} >= ON_SLIDES
    high = (ROOT / "snippets/diagrams/process-groups.svg").read_text()
    assert strange(high, on_slide=True) == ["too large: its text would be too small"]


def test_each_question_of_a_request_has_a_dot_of_its_own() -> None:
    svg = (ROOT / "snippets/diagrams/request.svg").read_text()
    there = re.findall(r'id="(dot|status)-(\w+)"', svg)
    stations = ["site", "file", "allowed", "processes", "application"]
    assert sorted(it for kind, it in there if kind == "dot") == sorted(stations)
    assert {it for kind, it in there if kind == "status"} == {*stations[1:]}  # there is a site for every name


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
        (r'<g id="legend".*?</g>', "", "the legend says []; it is "),
        (r">mod_wsgi<", ">Apache<", "the legend says ['#f8ebec Apache', '#e6f0f8 Apache', "),
        (r'(<g id="legend".*?fill=")#f8ebec', r"\1#e6f0f8", "the legend says ['#e6f0f8 Apache', "),
        (r"<text[^>]*>yours</text>", "", "the legend says "),
    ],
)
def test_each_fault_of_a_diagram_is_found(right: str, wrong: str, found: str) -> None:
    svg = (ROOT / "snippets/diagrams/embedded-and-daemon.svg").read_text()
    faulty = re.sub(right, wrong, svg, count=0 if right == r"\b440\b" else 1, flags=re.DOTALL)
    assert faulty != svg
    assert any(it.startswith(found) for it in strange(faulty))


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
