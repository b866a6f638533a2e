"""Begins as the WSGI file of a Django site does."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "two.settings")


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [os.environ["DJANGO_SETTINGS_MODULE"].encode(), b"\n"]
