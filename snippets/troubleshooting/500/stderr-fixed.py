import subprocess
import sys


def application(environ, start_response):
    subprocess.run(["/usr/bin/id"], stdout=sys.__stderr__)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello.\n"]
