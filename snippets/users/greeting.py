"""Answers with what a file says that is named without a directory."""


def application(environ, start_response):
    with open("greeting.txt", "rb") as file:
        body = file.read()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
    ]
    start_response("200 OK", headers)
    return [body]
