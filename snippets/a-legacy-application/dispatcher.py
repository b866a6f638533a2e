"""Answers with a search form. It was written for CGI, and takes two things for granted."""

import os
from string import Template


def philo_dispatcher(environ, start_response):
    database = os.path.basename(os.path.dirname(environ["SCRIPT_FILENAME"]))
    with open("templates/form.html") as file:
        page = Template(file.read()).substitute(database=database)
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [page.encode()]
