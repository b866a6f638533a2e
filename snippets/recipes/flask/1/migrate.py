"""Bring the database to this release's schema. The argument is the file for the backup."""

import sqlite3
import sys
from contextlib import closing

from app import app

STEPS = [
    "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)",
]

with closing(sqlite3.connect(app.config["DATABASE"])) as db:
    [schema] = db.execute("PRAGMA user_version").fetchone()
    if schema:
        db.execute("VACUUM INTO ?", [sys.argv[1]])
        print("backup:", sys.argv[1])
    for number, step in enumerate(STEPS[schema:], schema + 1):
        db.executescript(f"BEGIN; {step}; PRAGMA user_version = {number}; COMMIT")
        print("migrated to schema", number)
