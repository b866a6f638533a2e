"""Tells how much it was sent."""


def application(environ, start_response):
    size = 0
    try:
        while piece := environ["wsgi.input"].read(65536):
            size += len(piece)
    except OSError as error:
        print(f"upload broken off after {size} bytes: {error}")
        start_response("400 Bad Request", [("Content-Type", "text/plain")])
        return [b"The upload did not arrive completely.\n"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{size} bytes\n".encode()]
