"""The smallest web application: one answer to every request."""


def application(environ, start_response):
    body = b"Hello from a WSGI application.\n"
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
    ]
    start_response("200 OK", headers)
    return [body]
