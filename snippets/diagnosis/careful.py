"""Catches what goes wrong: with DEBUG the visitor sees all of it, otherwise a number that is in the log too."""

import logging
import traceback

DEBUG = True
PRICES = {"tea": 3}

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
log = logging.getLogger("shop")


def price(article, password):
    log.info("asked for %s", article)
    return PRICES[article]


def application(environ, start_response):
    status = "200 OK"
    try:
        answer = price(environ["PATH_INFO"].removeprefix("/price/"), password="open sesame")
    except Exception as error:
        status = "500 Internal Server Error"
        answer = f"Something went wrong. Please tell us this: {environ['mod_wsgi.request_id']}"
        log.exception("no price")
        if DEBUG:
            answer = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    body = f"{answer}\n".encode()
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
