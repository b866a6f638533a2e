"""Answers questions about the process that answers: /pid, /user, /process-group, … or / for all."""

import grp
import os
import pwd
import sys
import threading

served = 0


def application(environ, start_response):
    global served
    served += 1
    answers = {
        "process-group": environ.get("mod_wsgi.process_group") or "none: embedded",
        "application-group": environ.get("mod_wsgi.application_group") or "the main interpreter",
        "multiprocess": environ["wsgi.multiprocess"],
        "multithread": environ["wsgi.multithread"],
        "pid": os.getpid(),
        "thread": threading.get_ident(),
        "served": served,
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "group": grp.getgrgid(os.getgid()).gr_name,
        "directory": os.getcwd(),
        "prefix": sys.prefix,
        "path": os.pathsep.join(sys.path),
        "mount-point": environ["SCRIPT_NAME"] or "/",
    }
    question = environ["PATH_INFO"].strip("/")
    if question in answers:
        text = f"{answers[question]}\n"
    else:
        text = "".join(f"{name}: {answer}\n" for name, answer in answers.items())
    body = text.encode()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
