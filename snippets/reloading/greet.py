"""Answers with the text that another file has."""

import greeting


def application(environ, start_response):
    body = f"{greeting.text}\n".encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
    ]
    start_response("200 OK", headers)
    return [body]
