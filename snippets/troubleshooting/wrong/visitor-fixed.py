"""Remembers who comes, asks a slow database, and greets."""

import time

visitor = ""


def application(environ, start_response):
    visitor = environ["QUERY_STRING"]
    time.sleep(2)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"Hello {visitor}.\n".encode()]
