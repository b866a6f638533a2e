"""Knows what tea costs, and fails for anything else."""

PRICES = {"tea": 3}


def price(article):
    return PRICES[article]


def application(environ, start_response):
    answer = price(environ["PATH_INFO"].removeprefix("/price/"))
    body = f"{answer}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
