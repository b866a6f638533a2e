"""The versions of a lab, as readers are told them."""

from __future__ import annotations

from lab import original
from lab.engine import Engine, EngineError
from snippets.versions import checked


def versions(engine: Engine, image: str) -> dict[str, str]:
    """Return the versions of what readers install, by name, and the day of the ``archive``.

    :raises EngineError: the engine fails, or the image has no versions that could be told
    """
    try:
        return checked(original.versions(engine, image))
    except ValueError as error:
        raise EngineError(f"{image}: this is not a lab's image: {error}") from None
