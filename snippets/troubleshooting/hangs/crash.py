"""Reads memory directly, as a module written in C may."""

import ctypes
import faulthandler

faulthandler.enable(file=2)


def application(environ, start_response):
    body = ctypes.string_at(0)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]
