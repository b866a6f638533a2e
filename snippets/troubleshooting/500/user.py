def application(environ, start_response):
    user = environ["REMOTE_USER"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"Hello {user}.\n".encode()]
