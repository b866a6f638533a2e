"""Answers in mod_python's own way: this is not WSGI."""

from mod_python import apache


def handler(req):
    req.content_type = "text/plain; charset=utf-8"
    with open("/proc/self/comm") as name:
        req.write(f"process: {name.read()}path: {req.uri}\n")
    return apache.OK
