import logging

logging.basicConfig(filename="app.log", level=logging.INFO)


def application(environ, start_response):
    logging.info("A visitor asked for %s.", environ["PATH_INFO"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Logged.\n"]
