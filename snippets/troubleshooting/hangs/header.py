"""Keeps all it knows of a visitor in a header."""

STATE = "x" * 40_000


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-State", STATE)])
    return [b"Welcome back.\n"]
