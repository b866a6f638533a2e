"""Tells the address at which it believes to be, and who asks."""


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return ["{wsgi.url_scheme}://{HTTP_HOST}/ for {REMOTE_ADDR}\n".format_map(environ).encode()]
