"""The first site: /health says where it runs."""

import os
import pwd
import sys
import tomllib

with open("/etc/wiki/settings.toml", "rb") as file:
    SETTINGS = tomllib.load(file)


def application(environ, start_response):
    if environ["PATH_INFO"] == "/health":
        text = f"wiki, user {pwd.getpwuid(os.getuid()).pw_name}, environment {sys.prefix}, process {os.getpid()}\n"
    else:
        text = f"{SETTINGS['title']}\n"
    body = text.encode()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
