import os
import sys

if not os.path.exists("/srv/probe/settings.ini"):
    print("settings.ini is missing.", file=sys.stderr)
    sys.exit(1)


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello.\n"]
