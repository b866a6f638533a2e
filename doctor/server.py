"""The server as it stands: sockets, logs, ports, files that aren't loaded, and what runs against what is written."""

from __future__ import annotations

import os
import re
from typing import Iterator

from doctor.findings import BROKEN, NOT_AS_MEANT, Case, Finding, look, rule
from doctor.machine import barrier, listening, process, sample
from doctor.served import accounts
from doctor.tree import Place

SOCKET = 107  # bytes that the name of a socket may have on Linux
RELOADS = 900  # after about 1,015, no request is answered any more

NO_SOCKETS = rule(
    "couldn-t-bind-unix-domain-socket", BROKEN, "The directory for the sockets doesn't exist",
    "Without its socket, nobody can reach a process group. Each request is a 503.", "files",
)  # fmt: skip
CLOSED_SOCKETS = rule(
    "unable-to-connect-to-wsgi-daemon-process",
    BROKEN,
    "Apache's user isn't allowed to enter the directory of the sockets",
    "Apache's processes can't connect to the process group. Each request is a 503.",
    "files",
)
LONG_SOCKETS = rule(
    "length-of-path-for-daemon-process-socket",
    BROKEN,
    "The names of the sockets are too long",
    "Linux cuts a socket's name after 107 bytes, and Apache's processes can't connect to it. Each request is a 503.",
)
NO_LOG = rule(
    "ah02291", BROKEN, "The directory of a log doesn't exist", "Apache doesn't start, and a reload ends it.", "files"
)
NO_SUFFIX = rule(
    "site-does-not-exist",
    BROKEN,
    "A site's file whose name doesn't end in .conf",
    "a2ensite doesn't find it, and Apache doesn't read it.",
    "files",
)
PORT = rule(
    "ah00072", BROKEN, "Another program has Apache's port", "Apache can't start while the other program runs.", "server"
)
NOT_RELOADED = rule(
    "a-change-of-the-configuration-has-no-effect",
    NOT_AS_MEANT,
    "The configuration has changed since Apache read it",
    "Apache reads its configuration when it starts or reloads, and works with that until then.",
    "server",
)
ENABLED_LATER = rule(
    "enabled-but-not-reloaded",
    NOT_AS_MEANT,
    "Something was enabled or disabled since Apache read its configuration",
    "Apache reads its configuration when it starts or reloads, and works with that until then.",
    "server",
)
MANY_RELOADS = rule(
    "initializing-python-failed-memory-allocation-failed",
    BROKEN,
    "Apache has been reloaded very often since it started",
    "With Python 3.12 or later, each reload takes something from Apache's first process. Only a restart gives it back.",
    "server",
)


@look
def sockets(case: Case) -> Iterator[Finding]:
    """Look at where the sockets of process groups are."""
    said = case.model.server.own("wsgisocketprefix")
    if not said or not case.model.groups:
        return
    prefix, place = said[-1].first, said[-1].place
    longest = len(f"{prefix}.{4194304}.{1}.{len(case.model.groups)}.sock")
    if prefix.startswith("/") and longest - 3 > SOCKET:
        yield Finding(LONG_SOCKETS, place, f"about {longest} bytes", "no WSGISocketPrefix, or one below 80 bytes")
    elif case.machine is not None:
        folder = os.path.dirname(prefix if prefix.startswith("/") else os.path.join("/etc/apache2", prefix))
        _, who = accounts(case, None)
        found = barrier(folder, who, "directory") if who else None
        if found and found.kind == "missing":
            yield Finding(NO_SOCKETS, place, f"{found.path} doesn't exist", "no WSGISocketPrefix")
        elif found and found.kind == "closed":
            yield Finding(CLOSED_SOCKETS, place, f"{found.path} is closed", "no WSGISocketPrefix")


@look
def logs_in(case: Case) -> Iterator[Finding]:
    """Tell whether the directories of logs are there."""
    if case.machine is None:
        return
    for directive in case.model.tree.walk():
        if directive.key in ("errorlog", "customlog", "transferlog"):
            path = directive.first
            if path.startswith("/") and "${" not in path and not os.path.isdir(os.path.dirname(path)):
                yield Finding(
                    NO_LOG, directive.place, f"{os.path.dirname(path)} doesn't exist", f"mkdir {os.path.dirname(path)}"
                )


@look
def suffixes(case: Case) -> Iterator[Finding]:
    """Find files that look like sites, and that nobody reads."""
    if case.machine is None:
        return
    for folder in ("/etc/apache2/sites-available", "/etc/apache2/sites-enabled"):
        for path in sample(folder):
            name = os.path.basename(path)
            if os.path.isfile(path) and "." not in name and re.match(r"[\w-]+$", name):
                yield Finding(NO_SUFFIX, Place(path, 0), f"Apache reads only {folder}/*.conf", f"{path}.conf")


@look
def ports(case: Case) -> Iterator[Finding]:
    """Find ports that somebody else has."""
    if case.machine is None or process(pid_file(case)) is not None:
        return
    taken = listening()
    for directive in case.model.tree.walk():
        port = directive.first.rsplit(":", 1)[-1]
        if directive.key == "listen" and port.isdigit() and int(port) in taken:
            yield Finding(
                PORT, directive.place, f"another program listens on port {port}", "stop it: ss -ltnp says which it is"
            )


def pid_file(case: Case) -> str:
    """Return the file with the number of Apache's first process."""
    said = case.model.server.own("pidfile")
    path = said[-1].first if said else ""
    return path if path.startswith("/") else "/run/apache2/apache2.pid"


@look
def reloads(case: Case) -> Iterator[Finding]:
    """Tell how often a running Apache has been reloaded: the names of its sockets count that."""
    pid = process(pid_file(case)) if case.machine is not None else None
    if pid is None:
        return
    folder = "/var/run/apache2"
    prefix = case.model.server.own("wsgisocketprefix")
    if prefix and prefix[-1].first.startswith("/"):
        folder = os.path.dirname(prefix[-1].first)
    counts = [
        int(found[1]) for path in sample(folder, 5000)
        for found in [re.search(rf"\.{pid}\.(\d+)\.\d+\.sock$", path)] if found
    ]  # fmt: skip
    if counts and max(counts) >= RELOADS:
        yield Finding(
            MANY_RELOADS,
            Place(pid_file(case), 0),
            f"{max(counts)} reloads",
            "systemctl restart apache2, at a time when few visitors notice",
        )


def changed_since(files: list[str], loaded_at: float | None) -> Iterator[Finding]:
    """Give the newest of the configuration's files, if it is newer than what Apache has read."""
    if loaded_at is None:
        return
    newest = 0.0
    which = ""
    for path in files:
        try:
            when = os.stat(path).st_mtime
        except OSError:
            continue
        if when >= newest:
            newest, which = when, path
    if newest > loaded_at:
        which_rule = ENABLED_LATER if os.path.isdir(which) else NOT_RELOADED
        yield Finding(
            which_rule, Place(which, 0), "it is newer than the last start or reload", "systemctl reload apache2"
        )
