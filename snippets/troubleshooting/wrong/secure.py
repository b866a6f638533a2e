"""Sends every visitor who came over HTTP to HTTPS."""


def application(environ, start_response):
    if environ["wsgi.url_scheme"] == "https":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"You use HTTPS.\n"]
    address = f"https://{environ['HTTP_HOST']}{environ['PATH_INFO']}"
    start_response("301 Moved Permanently", [("Location", address)])
    return []
