"""Copy the database to copy.db, even while the site writes to it: backup.py DIRECTORY"""

import sqlite3
import sys
from contextlib import closing

data = sys.argv[1]
with closing(sqlite3.connect(f"file:{data}/album.db?mode=rw", uri=True)) as database:
    with closing(sqlite3.connect(f"{data}/copy.db")) as copy:
        database.backup(copy)
        (result,) = copy.execute("PRAGMA integrity_check").fetchone()
        (pictures,) = copy.execute("SELECT count(*) FROM pictures").fetchone()
print(f"{data}/copy.db: {pictures} pictures, {result}")
