"""The second site: a page in Markdown. A POST adds an order, and /health says where the site runs."""

import os
import pwd
import sys
import time
import tomllib
from pathlib import Path

import markdown

with open("/etc/shop/settings.toml", "rb") as file:
    SETTINGS = tomllib.load(file)
RELEASE = Path(__file__).resolve().parent.name


def page(environ):
    if environ["REQUEST_METHOD"] == "POST":
        with open("/var/lib/shop/orders.txt", "a") as orders:
            orders.write("one order\n")
        return "Thank you."
    if environ["PATH_INFO"] == "/health":
        user = pwd.getpwuid(os.getuid()).pw_name
        return f"shop release {RELEASE}, user {user}, environment {sys.prefix}, process {os.getpid()}"
    if environ["PATH_INFO"] == "/slow":
        time.sleep(6)
    return markdown.markdown(SETTINGS["welcome"])


def application(environ, start_response):
    body = f"{page(environ)}\n".encode()
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
