"""Counts requests."""

count = 0


def application(environ, start_response):
    global count
    count += 1
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{count}\n".encode()]
