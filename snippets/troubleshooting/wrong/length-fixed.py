"""Counts letters where it should count bytes."""

PAGE = "Crème brûlée: 7 €."


def application(environ, start_response):
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(PAGE.encode())))]
    start_response("200 OK", headers)
    return [PAGE.encode()]
