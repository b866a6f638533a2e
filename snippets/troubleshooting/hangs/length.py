"""Promises more than it sends."""

PAGE = "Hello.\n\n\n"


def application(environ, start_response):
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(PAGE)))]
    start_response("200 OK", headers)
    return [PAGE.strip().encode()]
