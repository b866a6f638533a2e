"""Runs a program at a lower priority and answers with what it prints."""

import os
import subprocess


def lower_priority():
    os.nice(5)


def application(environ, start_response):
    done = subprocess.run(["nice"], preexec_fn=lower_priority, capture_output=True)
    body = b"running with a niceness of " + done.stdout
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]
