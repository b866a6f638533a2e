"""Tells how the body of a request came; /slow takes its time."""

import time


def application(environ, start_response):
    began = time.monotonic()
    body = environ["wsgi.input"].read()
    answers = {
        "bytes announced": environ.get("CONTENT_LENGTH", "no number"),
        "bytes read": len(body),
        "waited for them": time.monotonic() - began > 0.5,
    }
    if environ["PATH_INFO"] == "/slow":
        time.sleep(2)
        print("slow has finished")
    text = "".join(f"{name}: {answer}\n" for name, answer in answers.items()).encode()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))])
    return [text]
