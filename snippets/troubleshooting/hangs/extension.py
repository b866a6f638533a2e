"""Stands in for a module written in C that knows of one interpreter only."""

import ctypes


def application(environ, start_response):
    state = ctypes.pythonapi.PyGILState_Ensure()
    ctypes.pythonapi.PyGILState_Release(state)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello from C.\n"]
