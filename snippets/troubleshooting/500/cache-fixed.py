import os
from pathlib import Path

os.environ["HOME"] = "/srv/probe/data"

cache = Path.home() / ".cache" / "charts"
cache.mkdir(parents=True, exist_ok=True)


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"The cache is in {cache}.\n".encode()]
