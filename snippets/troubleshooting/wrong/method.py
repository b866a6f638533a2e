"""Tells in a header which method it was asked by."""


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Method", environ["REQUEST_METHOD"])])
    return [b"Hello.\n"]
