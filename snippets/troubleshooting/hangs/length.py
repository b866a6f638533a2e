"""Sends a page without its last blank lines."""

PAGE = "Hello.\n\n\n"


def application(environ, start_response):
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(PAGE)))]
    start_response("200 OK", headers)
    return [PAGE.strip().encode()]
