"""The font of site and slides, cut down to the signs of an English text.

sphinx-revealjs bundles Source Sans Pro (SIL Open Font License) with every sign in it, 115 kB a face. Pages are the
same on every machine only if they bring their font, and light only if they bring no more of it than they show.
"""

from __future__ import annotations

import logging
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import fontTools
import sphinx_revealjs
from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx

FACES = ("regular", "italic", "semibold", "semibolditalic")
FOLDER = Path(sphinx_revealjs.__file__).parent / "_static/revealjs/dist/theme/fonts/source-sans-pro"
#: Basic Latin and Latin-1, and the punctuation, arrows and signs that a sentence may want.
SIGNS = [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2027), *range(0x2190, 0x2194), *map(ord, "€−≈≠≤≥✓")]

#: How a face is cut.
OPTIONS: dict[str, object] = {
    "flavor": "woff2", "layout_features": ["kern", "liga"], "notdef_outline": True, "drop_tables": ["FFTM", "webf"],
}  # fmt: skip

logging.getLogger("fontTools").setLevel(logging.WARNING)  # else it tells of each table


@cache  # a process may build more than one site
def cut(face: Path) -> bytes:
    """Return a face as WOFF2, with no signs but those.

    :raises OSError: it cannot be read
    """
    font = TTFont(face)
    cutter = subset.Subsetter(subset.Options(**OPTIONS))
    cutter.populate(unicodes=SIGNS)
    cutter.subset(font)
    font.flavor = "woff2"
    written = BytesIO()
    font.save(written)
    return written.getvalue()


def kept(face: Path, folder: Path) -> bytes:
    """Return a face that was cut; it is kept in a folder, under a name that tells all that it was made of.

    :raises OSError: it cannot be read, or not be kept
    """
    made_of = repr((SIGNS, OPTIONS, fontTools.version, sha256(face.read_bytes()).hexdigest()))
    cut_face = folder / f"{face.stem}-{sha256(made_of.encode()).hexdigest()[:16]}.woff2"
    if not cut_face.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{face.stem}-{'?' * 16}.woff2"):
            old.unlink()
        cut_face.write_bytes(cut(face))
    return cut_face.read_bytes()


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.name not in ("html", "revealjs"):
        return
    folder = Path(app.outdir, "_static", "fonts")
    folder.mkdir(parents=True, exist_ok=True)
    for face in FACES:
        name = f"source-sans-pro-{face}"
        (folder / f"{name}.woff2").write_bytes(kept(FOLDER / f"{name}.ttf", Path(app.doctreedir, "fonts")))


def setup(app: Sphinx) -> None:
    """Write the faces beside the pages."""
    app.connect("build-finished", _write)
