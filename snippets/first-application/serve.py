"""Serve the application with Python's own server, to try it without Apache."""

from contextlib import suppress
from wsgiref.simple_server import make_server

from wsgi import application

with make_server("127.0.0.1", 8000, application) as server:
    print("Serving on http://127.0.0.1:8000/, Ctrl-C stops", flush=True)
    with suppress(KeyboardInterrupt):
        server.serve_forever()
