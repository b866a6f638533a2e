"""Prints what it does."""


def application(environ, start_response):
    print("Somebody has come.")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello.\n"]
