"""Answers with a search form, whatever serves it and wherever it is started."""

from pathlib import Path
from string import Template

HERE = Path(__file__).resolve().parent


def philo_dispatcher(environ, start_response):
    template = Template((HERE / "templates/form.html").read_text())
    page = template.substitute(database=HERE.name)
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [page.encode()]
