"""Answers with text, which is not what goes over a wire."""


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return ["Hello.\n"]
