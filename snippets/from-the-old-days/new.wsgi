import greeting


def application(environ, start_response):
    try:
        name = environ["REMOTE_USER"]
    except KeyError:
        name = "whoever you are"
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [f"{greeting.TEXT}, {name}.\n".encode()]
