import faulthandler
import signal
import sys

faulthandler.register(signal.SIGUSR2, file=sys.__stderr__)


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello.\n"]
