"""Answers with a page that is written in Markdown."""

import markdown

TEXT = """
# Hello

This page is written in *Markdown*.
"""


def application(environ, start_response):
    body = f"{markdown.markdown(TEXT)}\n".encode()
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(body))),
    ]
    start_response("200 OK", headers)
    return [body]
