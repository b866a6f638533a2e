"""Does what only mod_wsgi 6 lets it do."""

import logging
import sys

import mod_wsgi

log = logging.getLogger()
log.addHandler(mod_wsgi.LogHandler())
served = 0


def application(environ, start_response):
    global served
    served += 1
    log.warning("asked with %s", environ["REQUEST_METHOD"])
    while environ["PATH_INFO"] == "/loop":
        pass
    answers = {
        "version": ".".join(map(str, mod_wsgi.version)),
        "switch interval": sys.getswitchinterval(),
        "prefix": sys.prefix,
        "served": served,
    }
    body = "".join(f"{name}: {answer}\n" for name, answer in answers.items()).encode()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
