"""Takes time or memory, as the URL says: /wait/2 takes two seconds, /keep/50 keeps fifty megabytes."""

import time

kept = []


def application(environ, start_response):
    queued = seconds(environ["mod_wsgi.daemon_start"]) - seconds(environ["mod_wsgi.queue_start"])
    _, what, amount = environ["PATH_INFO"].split("/")
    if what == "wait":
        time.sleep(int(amount))
        text = f"turn {1 + round(queued / int(amount))}\n"
    else:
        kept.append(b"x" * (int(amount) << 20))
        text = f"kept {amount} MB\n"
    body = text.encode()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]


def seconds(moment):
    """Return a time of mod_wsgi's in seconds: mod_wsgi 6 says it so, older ones in microseconds, as text."""
    return moment if isinstance(moment, float) else int(moment) / 1_000_000
