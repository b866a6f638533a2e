"""Tells how much it was sent."""


def application(environ, start_response):
    size = len(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{size} bytes\n".encode()]
