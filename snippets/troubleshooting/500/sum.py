import numpy


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"sum: {numpy.sum([1, 2, 6])}\n".encode()]
