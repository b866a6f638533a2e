"""Says where it runs, and looks there for the probe."""

import os
import sys

os.chdir("/srv/neighbour")  # as if it had files to read there


def application(environ, start_response):
    group = environ["mod_wsgi.application_group"] or "the main interpreter"
    probe = "not in this interpreter"
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == "/srv/probe/wsgi.py":
            probe = f"in this interpreter, {module.served} requests served"
    body = f"process: {os.getpid()}\ninterpreter: {group}\nprobe: {probe}\n".encode()
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]
