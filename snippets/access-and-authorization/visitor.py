"""Tells what the server says of the visitor."""


def application(environ, start_response):
    passed = "passed on" if "HTTP_AUTHORIZATION" in environ else "not passed on"
    body = f"user: {environ.get('REMOTE_USER', 'nobody')}\npassword: {passed}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
