"""The WSGI part: a page with all messages, made by Flask and run by mod_wsgi."""

import store
from flask import Flask

application = Flask(__name__)


@application.get("/")
def page():
    """Show what was said."""
    lines = [f"{store.SETTINGS['title']}, release {store.RELEASE}", *store.everything()]
    return "\n".join(lines) + "\n", {"Content-Type": "text/plain; charset=utf-8"}
