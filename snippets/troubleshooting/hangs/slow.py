"""Takes two seconds to answer."""

import time


def application(environ, start_response):
    time.sleep(2)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"At last.\n"]
