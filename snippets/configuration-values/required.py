"""Cannot start without a setting, as many frameworks cannot."""

import os

COLOUR = os.environ["COLOUR"]


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [f"{COLOUR}\n".encode()]
