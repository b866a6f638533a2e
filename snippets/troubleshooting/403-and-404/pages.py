def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"The front page.\n"]
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [f"The application has no {path}\n".encode()]
