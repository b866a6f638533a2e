"""What an extension keeps with Sphinx's environment, which is pickled: pages that are not read again keep theirs."""

from __future__ import annotations

from typing import Any

from sphinx.environment import BuildEnvironment


def by_page(env: BuildEnvironment, name: str) -> dict[str, Any]:
    """Return what is kept under a name, by page; nothing at first."""
    found: dict[str, Any] = vars(env).setdefault(name, {})
    return found
