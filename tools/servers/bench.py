"""``make bench-servers``: the servers of the talk under one load. In one piece: its steps stand in their order.

They serve the same application.
One machine for each Debian release, and in it one server after the other. A machine for each server would be thirteen
boots and installations, and would change nothing: only one server runs at a time, so none takes anything from another.
All are measured in turn, several times, so that a busy minute of the host meets all alike; the medians are compared.

What came is ``snippets/recorded/servers.json``; the plots and the words beside it are made from that. Never part of a
test.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab import image
from lab.engine import Engine
from lab.errors import UserError
from lab.machine import Machine
from project import ROOT
from runner.versions import versions as told
from tools import cli
from tools.servers import client, plots
from tools.servers.plots import REFERENCE, Record

LOAD = Path(client.__file__).read_bytes()
ROUNDS, LEAST, SECONDS, CONNECTIONS = 3, 2, 2, 8
BUDGET = 220  # seconds for all of it, as near as can be told: on a busy machine there are fewer rounds


class BenchError(UserError):
    """A server cannot be measured; the message says why."""


# -- The servers ---------------------------------------------------------------------------------

GUNICORN = "gunicorn --workers 2 who:application"
UWSGI = "uwsgi --plugin python3 --master --die-on-term --need-app --processes 2 --disable-logging --module who"


@dataclass(frozen=True)
class Server:
    """One way to serve the application: a command, a site of a web server, or both, each with no log of requests."""

    name: str
    process: str  # that runs Python
    command: str = ""
    site: str = ""  # nginx's, or Apache's with modules
    modules: str = ""
    lab: str = image.DEFAULT

    @property
    def url(self) -> str:
        """Where it answers."""
        return "http://127.0.0.1:80/" if self.site else "http://127.0.0.1:8000/"

    @property
    def start(self) -> str:
        """The script that starts it."""
        lines = []
        if self.command:
            settings = "--quiet --collect --unit=app --uid=www-data --working-directory=/srv/app"
            lines.append(f"systemd-run {settings} --property=KillMode=mixed {self.command}")
        if self.modules:
            lines.append(f"a2enmod --quiet {self.modules}")
        if self.site:
            front = "apache2" if self.modules else "nginx"
            lines += [f"cat > /etc/{front}/sites-enabled/app.conf << 'END'", self.site.strip(), "END"]
            lines.append(f"systemctl start {front}")
        return "\n".join(lines)


STOP = """
systemctl stop apache2 nginx app 2> /dev/null || true
cd /etc/apache2/mods-enabled && rm -f wsgi.* python.* cgid.* proxy*
rm -f /etc/apache2/sites-enabled/* /etc/nginx/sites-enabled/*
"""

NGINX_GUNICORN = """
server {
    listen 80;
    access_log off;
    location / {
        proxy_pass http://127.0.0.1:8000;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
    }
}
"""
NGINX_UWSGI = """
server {
    listen 80;
    access_log off;
    location / {
        include uwsgi_params;
        uwsgi_pass 127.0.0.1:8001;
    }
}
"""
CGI = """
ScriptAlias / /srv/app/who.cgi/
<Directory /srv/app>
    Require all granted
</Directory>
"""
PROXY = "ProxyPass / http://127.0.0.1:8000/"
PROXY_UWSGI = "ProxyPass / uwsgi://127.0.0.1:8001/"
EMBEDDED = """
WSGIScriptAlias / /srv/app/who.py
<Directory /srv/app>
    WSGIApplicationGroup %{GLOBAL}
    Require all granted
</Directory>
"""
DAEMON = """
WSGIRestrictEmbedded On
WSGIDaemonProcess app processes=2 threads=5
WSGIScriptAlias / /srv/app/who.py
<Directory /srv/app>
    WSGIProcessGroup app
    WSGIApplicationGroup %{GLOBAL}
    Require all granted
</Directory>
"""
MOD_PYTHON = """
<Location />
    SetHandler mod_python
    PythonHandler handler
    PythonPath "['/srv/app'] + sys.path"
</Location>
"""

SERVERS = (
    Server("wsgiref", "python3", "python3 serve_wsgiref.py"),
    Server("gunicorn", "gunicorn", f"{GUNICORN} --bind 127.0.0.1:8000"),
    Server("waitress", "waitress-serve", "waitress-serve --listen=127.0.0.1:8000 who:application"),
    Server("uWSGI", "uwsgi", f"{UWSGI} --http-socket 127.0.0.1:8000"),
    Server("nginx + gunicorn", "gunicorn", f"{GUNICORN} --bind 127.0.0.1:8000", NGINX_GUNICORN),
    Server("nginx + uWSGI", "uwsgi", f"{UWSGI} --socket 127.0.0.1:8001", NGINX_UWSGI),
    Server("CGI", "who.cgi", site=CGI, modules="cgid"),
    Server("mod_proxy + gunicorn", "gunicorn", f"{GUNICORN} --bind 127.0.0.1:8000", PROXY, "proxy_http"),
    Server("mod_proxy_uwsgi", "uwsgi", f"{UWSGI} --socket 127.0.0.1:8001", PROXY_UWSGI, "proxy_uwsgi"),
    Server("mod_wsgi embedded", "apache2", site=EMBEDDED, modules="wsgi"),
    Server(REFERENCE, "apache2", site=DAEMON, modules="wsgi"),
    Server("meinheld", "python", "/srv/meinheld/bin/python serve_meinheld.py", lab="bookworm"),
    Server("mod_python", "apache2", site=MOD_PYTHON, modules="python", lab="bookworm"),
    Server(REFERENCE, "apache2", site=DAEMON, modules="wsgi", lab="bookworm"),
)

# -- What is in the machines ---------------------------------------------------------------------

FILES = {
    "who.py": (ROOT / "snippets/wsgi/who.py").read_text(),
    "serve_wsgiref.py": """\
from wsgiref.simple_server import WSGIRequestHandler, make_server
from who import application


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


make_server("127.0.0.1", 8000, application, handler_class=Quiet).serve_forever()
""",
    "serve_meinheld.py": """\
from meinheld import server
from who import application

server.set_access_logger(None)
server.listen(("127.0.0.1", 8000))
server.run(application)
""",
    "who.cgi": (ROOT / "snippets/apache-and-python/who.cgi").read_text(),
    "handler.py": """\
from mod_python import apache
from who import application


def handler(req):
    def start_response(status, headers):
        req.status = int(status.split()[0])
        for name, value in headers:
            if name == "Content-Type":
                req.content_type = value
            else:
                req.headers_out[name] = value

    environ = {"PATH_INFO": req.uri, "REMOTE_ADDR": req.useragent_ip, "SERVER_SOFTWARE": "mod_python"}
    environ |= {"wsgi.multiprocess": True, "wsgi.multithread": True, "wsgi.run_once": False}
    for part in application(environ, start_response):
        req.write(part)
    return apache.OK
""",
}
# What the lessons install, and the load.
COMMON = "apache2 libapache2-mod-wsgi-py3 wrk"
PACKAGES = {
    "trixie": f"{COMMON} gunicorn python3-waitress uwsgi-core uwsgi-plugin-python3 nginx",
    "bookworm": f"{COMMON} libapache2-mod-python gcc python3-dev python3-venv",
}
#: Nothing starts when it is installed: each server has its turn. All use the same cores, however many there are.
PREPARE = r"""
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d /srv/app/who.cgi
apt-get install -y --no-install-recommends {packages}
a2disconf --quiet other-vhosts-access-log
echo ServerName localhost > /etc/apache2/conf-enabled/servername.conf
mkdir -p /etc/systemd/system.conf.d
python3 -c 'import os; print("[Manager]\nCPUAffinity=", *sorted(os.sched_getaffinity(0))[:{cores}])' \
  > /etc/systemd/system.conf.d/cores.conf
systemctl daemon-reexec
"""
MEINHELD = """
python3 -m venv /srv/meinheld
/srv/meinheld/bin/pip install --no-deps meinheld greenlet
"""
#: Names in the record → the command that says a version.
VERSIONS = {
    "gunicorn": "dpkg-query -Wf '${Version}' gunicorn",
    "waitress": "dpkg-query -Wf '${Version}' python3-waitress",
    "uWSGI": "dpkg-query -Wf '${Version}' uwsgi-core",
    "nginx": "dpkg-query -Wf '${Version}' nginx",
    "mod_python": "dpkg-query -Wf '${Version}' libapache2-mod-python",
    "meinheld": "/srv/meinheld/bin/pip list --format=freeze | grep -oP '^meinheld==\\K.*'",
    "wrk": "dpkg-query -Wf '${Version}' wrk",
}


def execute(machine: Machine, *command: str, stdin: bytes = b"", limit: float = 60) -> str:
    """Run a command in a machine as root and return its output.

    It has a session of its own: a Ctrl-C is for us, and ends it with its machine.

    :raises BenchError: it fails, or does not end; the message has its last lines
    """
    try:
        done = subprocess.run(
            [machine.engine.name, "exec", "-i", machine.name, *command],
            input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, timeout=limit, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise BenchError(f"{command[0]} has not ended after {limit:.0f} s") from None
    said = done.stdout.decode(errors="replace")
    if done.returncode:
        raise BenchError("\n".join([f"{command[0]} failed:", *said.strip().split("\n")[-10:]]))
    return said


def prepare(machine: Machine, lab: str) -> None:
    """Install all servers of a lab, and start none."""
    execute(machine, "mkdir", "/srv/app")
    for name, text in FILES.items():
        execute(machine, "tee", f"/srv/app/{name}", stdin=text.encode())
    script = PREPARE.format(packages=PACKAGES[lab], cores=client.CORES)
    script += (MEINHELD if lab == "bookworm" else "") + STOP
    execute(machine, "bash", "-ex", stdin=script.encode(), limit=180)


def versions(machine: Machine, lab: str) -> dict[str, str]:
    """Return the versions of what was installed, as upstream numbers them."""
    found = told(machine.engine, image.tag(lab))
    for name, command in VERSIONS.items():
        said = execute(machine, "bash", "-c", f"{command} 2> /dev/null || true")
        if version := re.match(r"(?:\d+:)?([\d.]+\d)", said):
            found[name] = version[1]
    return found


# -- The measurement -----------------------------------------------------------------------------


def milliseconds(text: str) -> float:
    """Read a duration as wrk writes it."""
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]


def parse(said: str) -> dict[str, float]:
    """Read what wrk says: answers, answers a second, milliseconds in which 50, 90 and 99 % of them came.

    A connection that the server closes counts there as a read error: that is how some servers end each request.

    :raises BenchError: some answers did not come, or were errors
    """
    count = re.search(r"^ *(\d+) requests in ", said, re.MULTILINE)
    rate = re.search(r"^Requests/sec: +([\d.]+)$", said, re.MULTILINE)
    if not count or not rate or not int(count[1]):
        raise BenchError(f"the load did not get through: {said.strip()}")
    if wrong := re.search(r"connect [1-9]\d*|write [1-9]\d*|timeout [1-9]\d*|Non-2xx.*", said):
        raise BenchError(f"not all requests were answered: {wrong[0]}")
    took = {share: milliseconds(it) for share, it in re.findall(r"^ +(\d+)% +(\S+) *$", said, re.MULTILINE)}
    shares = {f"p{share}": took[share] for share in ("50", "90", "99")}
    return {"count": float(count[1]), "requests": float(rate[1]), **shares}


def measure(machine: Machine, server: Server) -> dict[str, float]:
    """Measure a server once: requests a second, milliseconds, CPU seconds for 1000 requests, MB.

    :raises BenchError: it does not come up, or does not answer each request
    """
    what = {"stop": STOP, "start": server.start, "url": server.url, "process": server.process}
    what |= {"connections": CONNECTIONS, "seconds": SECONDS}  # type: ignore[dict-item]
    try:
        found: dict[str, Any] = json.loads(execute(machine, "python3", "-", json.dumps(what), stdin=LOAD))
        if "fault" in found:
            raise BenchError(f"{found['fault']}\nThe last lines of the logs:\n{found['log']}")
        load = parse(found["wrk"])
    except BenchError as error:
        raise BenchError(f"{server.name} on {server.lab}: {error}") from None
    count = load.pop("count")
    return load | {"cpu": 1000 * found["cpu"] / count, "memory": found["memory"] / 1e6}


def run(machines: dict[str, Machine], until: float) -> list[list[dict[str, float]]]:
    """Measure all servers in turn, some rounds, as long as there is time; return the rounds of each.

    :raises BenchError: there is time for one alone: nobody could tell what its numbers are worth
    """
    rounds: list[list[dict[str, float]]] = [[] for _ in SERVERS]
    took = 0.0
    for n in range(ROUNDS):
        began = time.monotonic()
        if began + took > until:
            if n < LEAST:
                raise BenchError(f"this machine is too busy: it takes more than {BUDGET} s for {LEAST} rounds")
            print(f"no time for another round in {BUDGET} s: {n} of {ROUNDS}")
            break
        for server, done in zip(SERVERS, rounds, strict=True):
            done.append(measure(machines[server.lab], server))
            said = f"{done[-1]['requests']:8,.0f} requests/s, {done[-1]['cpu']:6.2f} s of CPU for 1000"
            print(f"round {n + 1} of {ROUNDS}: {server.name + ' on ' + server.lab:34}{said}", flush=True)
        took = time.monotonic() - began
    return rounds


def bench() -> Record:
    """Have the machines, measure, and return what is to be recorded."""
    began, engine, busy = time.monotonic(), Engine.find(), os.getloadavg()[0]
    engine.sweep()
    if busy > 1:
        print(f"this machine is busy (load {busy:.0f}): requests a second and waits will mean little", flush=True)
    images = {lab: image.ensure(engine, lab) for lab in PACKAGES}
    with (
        ThreadPoolExecutor() as pool,
        contextlib.ExitStack() as stack,
    ):  # machines go first, and end what waits for them
        machines = {lab: stack.enter_context(Machine(engine, name)) for lab, name in images.items()}
        print(f"installing {len(SERVERS)} servers on {' and '.join(machines)}", flush=True)
        list(pool.map(prepare, machines.values(), machines))
        rounds = run(machines, began + BUDGET)
        labs = {lab: versions(machine, lab) for lab, machine in machines.items()}
    rows = [
        {
            "name": server.name,
            "lab": server.lab,
            "rounds": [{key: _short(it) for key, it in one.items()} for one in done],
        }
        for server, done in zip(SERVERS, rounds, strict=True)
    ]
    cores = min(client.CORES, os.cpu_count() or 1)
    wrk = labs[image.DEFAULT]["wrk"]
    load = {"generator": f"wrk {wrk}", "connections": CONNECTIONS, "seconds": SECONDS, "cores": cores}
    return {"when": datetime.now(UTC).date().isoformat(), "load": load, "labs": labs, "servers": rows}


def _short(number: float) -> float:
    """Keep four digits: there is no more in a measurement."""
    return float(f"{number:.4g}")


def main() -> int:
    """Measure, record and draw; return the exit status."""
    try:
        record = bench()
    except KeyboardInterrupt:
        print("make: stopped; nothing is recorded", file=sys.stderr)
        return 1
    for path in plots.write(record):
        print(f"written: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    cli.run(main, "tools.servers.bench")
