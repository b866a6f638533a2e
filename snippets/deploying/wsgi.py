"""Says which release it is; /wait/2 takes two seconds over it."""

import time
from pathlib import Path

release = Path(__file__).resolve().parent.name


def application(environ, start_response):
    if environ["PATH_INFO"].startswith("/wait/"):
        time.sleep(int(environ["PATH_INFO"].removeprefix("/wait/")))
    body = f"release {release}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
