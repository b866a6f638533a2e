"""Shows which parts of the URL the application gets."""

NAMES = "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [" ".join(f"{name}={environ[name]!r}" for name in NAMES).encode() + b"\n"]
