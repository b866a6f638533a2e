"""The WSGI file. What it says stands in another module."""

from greeting import TEXT


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [TEXT]
