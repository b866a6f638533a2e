import numpy


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"mean: {numpy.mean([1, 2, 6])}\n".encode()]
