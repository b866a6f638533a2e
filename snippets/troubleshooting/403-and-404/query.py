"""Shows the path and the query string that the application gets."""


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"PATH_INFO={environ['PATH_INFO']!r} QUERY_STRING={environ['QUERY_STRING']!r}\n".encode()]
