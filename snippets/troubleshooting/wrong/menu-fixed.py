"""Reads a file with accents in it."""


def application(environ, start_response):
    with open("/srv/probe/menu.txt", encoding="utf-8") as file:
        menu = file.read()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [menu.encode()]
