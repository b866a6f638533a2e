"""Tells the address at which it believes to be, and who asks."""


def application(environ, start_response):
    scheme, visitor = environ["wsgi.url_scheme"], environ["REMOTE_ADDR"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{scheme}://{environ['HTTP_HOST']}/ for {visitor}\n".encode()]
