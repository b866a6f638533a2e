import os

if not os.path.exists("/srv/probe/settings.ini"):
    raise FileNotFoundError("/srv/probe/settings.ini is missing.")


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello.\n"]
