"""A shop that doesn't show the pages for its staff to a request without a user."""


def application(environ, start_response):
    path = environ["PATH_INFO"]
    user = environ.get("REMOTE_USER", "none")
    readers = "staff" if path == "/admin" or path.startswith("/admin/") else "everyone"
    if readers == "staff" and "REMOTE_USER" not in environ:
        start_response("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"The application needs to know the user.\n"]
    body = f"{path} is for {readers}. User: {user}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
