import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path

from flask import Flask, flash, redirect, render_template, request, url_for

RELEASE = Path(__file__).resolve().parent.name

app = Flask(__name__)
app.config.from_file("/etc/notes/settings.toml", load=tomllib.load, text=False)
app.logger.setLevel("INFO")


def connect():
    db = sqlite3.connect(app.config["DATABASE"])
    db.row_factory = sqlite3.Row
    return closing(db)


@app.get("/")
def index():
    with connect() as db:
        notes = db.execute("SELECT * FROM note ORDER BY id").fetchall()
    return render_template("index.html", notes=notes)


@app.post("/")
def add():
    with connect() as db, db:  # the second one commits
        db.execute("INSERT INTO note (text, added) VALUES (?, date())", [request.form["text"]])
    app.logger.info("a note was added")
    flash("Saved.")
    return redirect(url_for("index"))


@app.get("/health")
def health():
    with connect() as db:
        [schema] = db.execute("PRAGMA user_version").fetchone()
    return f"release {RELEASE}, schema {schema}\n", {"Content-Type": "text/plain"}
