"""Calls the application as a server does, without a server."""

import sys
from wsgiref.util import setup_testing_defaults

from who import application


def start_response(status, headers):
    print(status, *(f"{name}: {value}" for name, value in headers), "", sep="\n", flush=True)


environ = {"SCRIPT_NAME": "", "PATH_INFO": "/any/path", "REMOTE_ADDR": "nowhere", "SERVER_SOFTWARE": "none"}
setup_testing_defaults(environ)
for part in application(environ, start_response):
    sys.stdout.buffer.write(part)
