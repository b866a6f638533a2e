"""Lists the headers of a request whose names begin with X."""


def application(environ, start_response):
    lines = [f"{name}: {value}\n" for name, value in environ.items() if name.startswith("HTTP_X")]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return ["".join(lines).encode() or b"none\n"]
