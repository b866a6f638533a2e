"""An album: visitors upload pictures, each with a title."""

import os
import pwd
import sqlite3
from contextlib import closing

from flask import Flask, request, send_from_directory
from werkzeug.utils import secure_filename

application = Flask(__name__)
application.config.from_pyfile("/etc/album/settings.py")
DATA = application.config["DATA"]
UPLOADS = os.path.join(DATA, "uploads")
TEXT = {"Content-Type": "text/plain; charset=utf-8"}


def connect():
    return closing(sqlite3.connect(os.path.join(DATA, "album.db")))


with connect() as database:
    database.execute("CREATE TABLE IF NOT EXISTS pictures (title TEXT, file TEXT)")


@application.route("/")
def index():
    with connect() as database:
        pictures = database.execute("SELECT title, file FROM pictures ORDER BY rowid").fetchall()
    return "".join(f"{title}: /uploads/{file}\n" for title, file in pictures), TEXT


@application.route("/", methods=["POST"])
def add():
    file = request.files["file"]
    name = secure_filename(file.filename)
    file.save(os.path.join(UPLOADS, name))
    with connect() as database, database:
        database.execute("INSERT INTO pictures VALUES (?, ?)", (request.form["title"], name))
    return "Saved.\n", TEXT


@application.route("/uploads/<name>")
def upload(name):
    return send_from_directory(UPLOADS, name)


@application.route("/health")
def health():
    with connect() as database:
        (pictures,) = database.execute("SELECT count(*) FROM pictures").fetchone()
    return f"pictures: {pictures}, user: {pwd.getpwuid(os.geteuid()).pw_name}\n", TEXT
