"""``make clean-lab``: remove every image that the lab has made, of any checkout."""

from __future__ import annotations

from lab import image
from lab.engine import Engine
from tools import cli


def main(_: str) -> None:
    """Remove them."""
    image.remove(Engine.find())


if __name__ == "__main__":
    cli.run(main, "tools.images remove")
