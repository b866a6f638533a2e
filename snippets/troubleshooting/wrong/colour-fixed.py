"""Tells what each environment knows of a colour."""

import os

os.environ["COLOUR"] = "red"


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"environ: {environ.get('COLOUR')}, os.environ: {os.environ.get('COLOUR')}\n".encode()]
