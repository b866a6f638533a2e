"""Shows what an application is told of a request; /old sends on to another address."""

from wsgiref.util import application_uri


def application(environ, start_response):
    status, headers = "200 OK", [("Content-Type", "text/plain; charset=utf-8")]
    answers = {
        "client": environ["REMOTE_ADDR"],
        "own address": application_uri(environ),
        "port": environ["SERVER_PORT"],
        "X-Forwarded-For": environ.get("HTTP_X_FORWARDED_FOR", "not passed on"),
    }
    if environ["PATH_INFO"] == "/old":
        status = "302 Found"
        headers += [("Location", application_uri(environ) + "new")]
    text = "".join(f"{name}: {answer}\n" for name, answer in answers.items()).encode()
    start_response(status, [*headers, ("Content-Length", str(len(text)))])
    return [text]
