"""A shop with pages for everyone, and with pages for its staff under /admin."""


def application(environ, start_response):
    path = environ["PATH_INFO"]
    user = environ.get("REMOTE_USER", "none")
    readers = "staff" if path == "/admin" or path.startswith("/admin/") else "everyone"
    body = f"{path} is for {readers}. User: {user}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
