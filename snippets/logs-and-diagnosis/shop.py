"""Says something in each of the ways that Python has, and can be slow."""

import logging
import subprocess
import sys
import time

log = logging.getLogger("shop")


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/say":
        print("from print")
        print("from sys.stderr", file=sys.stderr)
        print("from wsgi.errors", file=environ["wsgi.errors"])
        log.warning("from logging, a warning")
        log.info("from logging, an info")
    elif path == "/program":
        subprocess.run(["ls", "/none"], check=False)
    elif path == "/slow":
        time.sleep(1)
    body = b"done\n"
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
