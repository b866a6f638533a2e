"""Shows where a setting can come from, and when it is there."""

import locale
import os
import tomllib
from pathlib import Path

AT_THE_START = os.environ.get("COLOUR", "not set")
FILE = Path("/etc/probe/settings.toml")


def application(environ, start_response):
    answers = {
        "environ": environ.get("COLOUR", "not set"),
        "os.environ": os.environ.get("COLOUR", "not set"),
        "os.environ at the start": AT_THE_START,
        "the file": tomllib.loads(FILE.read_text())["colour"] if FILE.exists() else "not there",
        "LANG": os.environ.get("LANG", "not set"),
        "encoding": locale.getpreferredencoding(False).upper(),
    }
    body = "".join(f"{name}: {answer}\n" for name, answer in answers.items()).encode()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
