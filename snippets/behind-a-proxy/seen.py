"""Shows what an application is told of a request; /old sends on, /upload reads a body, /slow takes its time."""

import time
from wsgiref.util import application_uri


def application(environ, start_response):
    status, headers, path = "200 OK", [("Content-Type", "text/plain; charset=utf-8")], environ["PATH_INFO"]
    answers = {
        "client": environ["REMOTE_ADDR"],
        "own address": application_uri(environ),
        "port": environ["SERVER_PORT"],
        "X-Forwarded-For": environ.get("HTTP_X_FORWARDED_FOR", "not passed on"),
    }
    if path == "/old":
        status = "302 Found"
        headers += [("Location", application_uri(environ) + "new")]
    elif path == "/upload":
        began = time.monotonic()
        body = environ["wsgi.input"].read()
        answers = {
            "bytes announced": environ.get("CONTENT_LENGTH", "no number"),
            "bytes read": len(body),
            "waited for them": time.monotonic() - began > 0.5,
        }
    elif path == "/slow":
        time.sleep(2)
        print("slow has finished")
    text = "".join(f"{name}: {answer}\n" for name, answer in answers.items()).encode()
    start_response(status, [*headers, ("Content-Length", str(len(text)))])
    return [text]
