"""The doctor as one file, which a reader runs on a server: the modules of ``doctor/``, one behind the other."""

from __future__ import annotations

import ast
import hashlib
import sys
from pathlib import Path

from project import ROOT

NAME = "wsgi-doctor.py"
HEAD = '''#!/usr/bin/env python3
"""Look for mistakes in an Apache with mod_wsgi: sudo python3 wsgi-doctor.py

It reads, and changes nothing. It needs Python 3.8 or later, and nothing else.
"""

from __future__ import annotations
'''


def joined(folder: Path = ROOT / "doctor", site: str = "") -> str:
    """Return the file's text.

    :param site: the address of the site, which findings link to
    :raises ValueError: two modules use the same name for different things
    """
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    modules: tuple[str, ...] = next(ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign))
    parts, owners = [HEAD], dict[str, str]()
    for name in modules:
        text = (folder / f"{name}.py").read_text(encoding="utf-8")
        tree = ast.parse(text)
        for defined in _defined(tree):
            if owners.setdefault(defined, name) != name:
                raise ValueError(f"doctor/{name}.py: {defined} is a name of doctor/{owners[defined]}.py, too")
        parts.append(f"\n\n# {'-' * 30} {name} {'-' * (86 - len(name))}\n{_without_own_imports(text, tree)}")
    return "".join(parts).replace('\nSITE = ""\n', f"\nSITE = {site!r}\n")


def checksum(program: str) -> str:
    """Return what ``sha256sum --check`` reads beside the file."""
    return f"{hashlib.sha256(program.encode()).hexdigest()}  {NAME}\n"


def _defined(tree: ast.Module) -> list[str]:
    """Return the names that a module defines, without those it imports."""
    names = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names += [target.id for target in targets if isinstance(target, ast.Name)]
    return names


def _without_own_imports(text: str, tree: ast.Module) -> str:
    """Return a module's text without what only modules need."""
    lines = text.split("\n")
    for node in tree.body:
        own = isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("doctor", "__future__")
        if own:
            lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(joined())
