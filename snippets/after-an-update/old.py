import imp


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [imp.__name__.encode()]
