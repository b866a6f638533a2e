import os

os.environ["COLOUR"] = "green"
COLOUR = os.environ["COLOUR"]


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{COLOUR}\n".encode()]
