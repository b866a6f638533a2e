"""Tells who answers, and what the server says of the request."""

import os
import pwd
from pathlib import Path


def application(environ, start_response):
    answers = {
        "process": Path("/proc/self/comm").read_text().strip(),
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "server": environ.get("SERVER_SOFTWARE", "not said"),
        "mount point": environ.get("SCRIPT_NAME", ""),
        "path": environ.get("PATH_INFO", ""),
        "client": environ.get("REMOTE_ADDR", ""),
        "other processes": bool(environ["wsgi.multiprocess"]),
        "other threads": bool(environ["wsgi.multithread"]),
        "ends afterwards": bool(environ["wsgi.run_once"]),
    }
    body = "".join(f"{name}: {answer}\n" for name, answer in answers.items()).encode()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
