"""Python for a reader's browser, Pyodide, which runs the doctor there: what the site takes over of npm's package."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

#: What it is made of, besides its code and the lock of its packages.
MODULES, LIBRARY = ("pyodide.mjs", "pyodide.asm.mjs"), "python_stdlib.zip"
CODE = "pyodide.asm.wasm"


def python(package: Path, out: Path) -> dict[str, Any]:
    """Write what is loaded into a folder that is named by its version; return the folder's name and what it weighs.

    ``bytes`` has all, ``fetched`` what is loaded in a way that a page can count.

    :param package: the folder of npm's package
    :raises OSError: the package has other files than those that are known
    """
    folder = out / f"python-{json.loads((package / 'package.json').read_text())['version']}"
    folder.mkdir()
    for name in (*MODULES, LIBRARY):
        shutil.copy(package / name, folder)
    # Compressed, by a name for which no server says how: not every server compresses this type.
    code = gzip.compress((package / CODE).read_bytes(), mtime=0)
    (folder / Path(CODE).with_suffix(".bin").name).write_bytes(code)
    # The packages that can be added to it are not on the site.
    lock = json.loads((package / "pyodide-lock.json").read_text())
    (folder / "pyodide-lock.json").write_text(json.dumps({"info": lock["info"], "packages": {}}))
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    fetched = sum(size for name, size in sizes.items() if name not in MODULES)
    return {"folder": folder.name, "bytes": sum(sizes.values()), "fetched": fetched}
