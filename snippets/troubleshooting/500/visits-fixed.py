import sqlite3

DATABASE = "/srv/probe/data/visits.db"


def application(environ, start_response):
    with sqlite3.connect(DATABASE) as database:
        database.execute("CREATE TABLE IF NOT EXISTS visits (path)")
        database.execute("INSERT INTO visits VALUES (?)", [environ["PATH_INFO"]])
        number = database.execute("SELECT count(*) FROM visits").fetchone()[0]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"Visit number {number}\n".encode()]
