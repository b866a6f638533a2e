"""Answers, but for one URL that waits for what never comes."""

import faulthandler
import signal
import threading

faulthandler.register(signal.SIGUSR2, file=2)
answer = threading.Event()


def application(environ, start_response):
    if environ["PATH_INFO"] == "/stuck":
        answer.wait(timeout=0.5)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Still here.\n"]
