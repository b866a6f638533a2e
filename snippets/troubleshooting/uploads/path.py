"""Tells which page to fetch: the part of the URL after /fetch/."""


def application(environ, start_response):
    address = environ["PATH_INFO"].removeprefix("/fetch/")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{address}\n".encode()]
