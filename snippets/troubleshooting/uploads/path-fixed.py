"""Tells which page to fetch: the query string's page."""

from urllib.parse import parse_qs


def application(environ, start_response):
    address = parse_qs(environ["QUERY_STRING"]).get("page", [""])[0]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{address}\n".encode()]
