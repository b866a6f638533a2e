"""Logs what it does."""

import logging

logging.basicConfig(level=logging.INFO)


def application(environ, start_response):
    logging.info("Somebody has come.")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello.\n"]
