"""Has a page and a link to another."""


def application(environ, start_response):
    about = environ["SCRIPT_NAME"] + "/about"
    page = f'<a href="{about}">About us</a>\n'
    start_response("200 OK", [("Content-Type", "text/html")])
    return [page.encode()]
