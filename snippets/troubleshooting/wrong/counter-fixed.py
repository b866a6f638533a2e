"""Counts requests."""

import sqlite3


def application(environ, start_response):
    database = sqlite3.connect("/srv/probe/data/count.db", timeout=10)
    with database:
        database.execute("UPDATE requests SET count = count + 1")
        (count,) = database.execute("SELECT count FROM requests").fetchone()
    database.close()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{count}\n".encode()]
