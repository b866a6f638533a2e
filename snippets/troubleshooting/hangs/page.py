"""A page that fetches a part of itself from the same site."""

from urllib.request import Request, urlopen


def application(environ, start_response):
    if environ["PATH_INFO"] == "/part":
        body = b"Hello from the part.\n"
    else:
        part = Request("http://127.0.0.1/part", headers={"Host": environ["HTTP_HOST"]})
        body = urlopen(part).read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]
