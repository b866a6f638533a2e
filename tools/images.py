"""``make clean-lab``: remove every image that the lab has made, of any checkout."""

from __future__ import annotations

import sys

from lab import image
from lab.engine import Engine, EngineError
from tools.usage import arguments

if __name__ == "__main__":
    arguments("tools.images remove")
    try:
        image.remove(Engine.find())
    except EngineError as error:
        sys.exit(f"make: {error}")
