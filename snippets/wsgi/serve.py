"""Serves the application on 127.0.0.1:8000, and checks both sides of each request."""

from wsgiref.simple_server import make_server
from wsgiref.validate import validator

from who import application

with make_server("127.0.0.1", 8000, validator(application)) as server:
    print("Serving on http://127.0.0.1:8000/, Ctrl-C stops", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
