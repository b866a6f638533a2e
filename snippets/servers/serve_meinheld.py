"""Serves the application with meinheld, until Ctrl-C."""

from meinheld import server
from who import application

server.listen(("127.0.0.1", 8000))
server.run(application)
