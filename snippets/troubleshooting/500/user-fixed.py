def application(environ, start_response):
    user = environ.get("REMOTE_USER", "whoever you are")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"Hello {user}.\n".encode()]
