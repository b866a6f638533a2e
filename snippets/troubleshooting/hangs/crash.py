"""Reads memory that is not its own, as a faulty module written in C does."""

import ctypes
import faulthandler

faulthandler.enable(file=2)


def application(environ, start_response):
    body = ctypes.string_at(0)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]
