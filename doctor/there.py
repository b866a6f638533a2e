"""Whether what is served is there, and whether those who need it are allowed to read it."""

from __future__ import annotations

import os
from typing import Iterator

from doctor.findings import BROKEN, HINT, Case, Finding, look, rule
from doctor.load import text_of
from doctor.machine import barrier, link_on, sample
from doctor.model import Application, Host, effective
from doctor.served import Served, accounts, handler, served, switched
from doctor.text import read

SEARCH = rule(
    "ah00035", BROKEN, "Apache isn't allowed to enter a directory on the way", "Each request is a 403.", "files"
)
A_DIRECTORY = rule(
    "attempt-to-invoke-directory",
    BROKEN,
    "The application is a directory",
    "WSGIScriptAlias needs the WSGI file itself.",
    "files",
    ("ah01630", "wsgidaemonprocess-has-no-effect"),
)
NOT_THERE = rule(
    "target-wsgi-script-not-found", BROKEN, "The WSGI file doesn't exist", "Each request is a 404.", "files"
)
UNREADABLE = rule(
    "permission-denied-wsgi-script",
    BROKEN,
    "The application's user isn't allowed to read the WSGI file",
    "The process group's user loads the file, not root. Each request is a 500.",
    "files",
)
STATIC_MODE = rule(
    "ah00132", HINT, "A file that Apache's user isn't allowed to read", "A request for it is a 403.", "files"
)
STATIC_LINK = rule(
    "ah00037",
    BROKEN,
    "A symbolic link, and links are not followed here",
    "A request that goes through it is a 403.",
    "files",
)
NO_ALIAS = rule(
    "ah01276",
    BROKEN,
    "The site has a DocumentRoot, and nothing leads to the WSGI file in it",
    "Apache doesn't look for WSGI files by itself: it wants to list the directory, and that is off.",
    "files",
)
HTACCESS = rule(
    "not-allowed-here", BROKEN, "A directive in .htaccess that isn't allowed there", "Each request is a 500.", "files"
)


@look
def there(case: Case) -> Iterator[Finding]:
    """Tell whether what is served is there, and whether those who need it are allowed to read it."""
    if case.machine is None:
        return
    _, apache = accounts(case, None)
    for one in served(case):
        if not one.path.startswith("/") or (one.url.endswith("/") and len(one.url) > 1):
            continue
        place = one.directive.place
        if apache is not None:
            found = barrier(one.path if one.application is None else os.path.dirname(one.path), apache, "directory")
            if found and found.kind == "closed":
                yield Finding(
                    SEARCH,
                    place,
                    f"{apache.name} isn't allowed to enter {found.path}",
                    f"chmod o+x {found.path}, or another place for the application",
                )
                continue
            link = unfollowed(one)
            if link:
                yield Finding(STATIC_LINK, place, f"{link} is a symbolic link", "Options FollowSymLinks")
        if one.application:
            yield from readable(case, one, one.application)
        elif apache is not None and os.path.isdir(one.path):
            barriers = [barrier(path, apache) for path in sample(one.path) if not os.path.islink(path)]
            closed = [found.path for found in barriers if found and found.kind in ("unreadable", "closed")]
            if closed:
                yield Finding(STATIC_MODE, place, f"{closed[0]} is closed to {apache.name}", f"chmod o+r {closed[0]}")


def readable(case: Case, one: Served, application: Application) -> Iterator[Finding]:
    """Tell whether a WSGI file is one, and whether its process may read it."""
    place = one.directive.place
    if os.path.isdir(one.path):
        if one.url == "/" and not one.path.endswith("/"):
            inside = [path for path in sample(one.path) if path.endswith((".py", ".wsgi"))]
            name = os.path.basename(inside[0]) if inside else "wsgi.py"
            yield Finding(
                A_DIRECTORY, place, f"{one.path} is a directory",
                f"{one.directive.name} {one.url} {one.path}/{name}",
            )  # fmt: skip
        return
    groups = [group for group in case.model.visible(one.host) if group.name == application.group_name]
    user, who = accounts(case, groups[0] if groups else None)
    if who is None:
        return
    found = barrier(one.path, who)
    if found and found.kind == "missing":
        yield Finding(NOT_THERE, place, f"{found.path} doesn't exist", "the path of the WSGI file")
    elif found and found.kind == "unreadable":
        yield Finding(UNREADABLE, place, f"{user} isn't allowed to read {found.path}", f"chmod o+r {found.path}")


def unfollowed(one: Served) -> str | None:
    """Return a symbolic link on the way or directly in a directory, where Apache doesn't follow links."""
    links = [link_on(one.path)] if link_on(one.path) else []
    if one.application is None:
        links += [path for path in sample(one.path) if os.path.islink(path)]
    for link in links:
        if link and not follows(
            one.host, os.path.dirname(link) + "/any" if link == link_on(one.path) else link, one.url
        ):
            return link
    return None


def follows(host: Host, path: str, url: str) -> bool:
    """Tell whether Apache follows links here: it does, unless ``Options`` says otherwise."""
    return "followsymlinks" in switched(host, path, url) or "symlinksifownermatch" in switched(host, path, url)


@look
def unlinked(case: Case) -> Iterator[Finding]:
    """Find sites whose ``DocumentRoot`` has a WSGI file, and nothing that leads to it."""
    if case.machine is None:
        return
    leads = (
        "alias",
        "wsgiscriptalias",
        "wsgiscriptaliasmatch",
        "proxypass",
        "redirect",
        "rewriterule",
        "directoryindex",
    )
    for host in case.model.hosts:
        root = host.own("documentroot")
        if not root or host.own(*leads) or handler(host, root[-1].first + "/wsgi.py", "/"):
            continue
        files = {os.path.basename(path) for path in sample(root[-1].first)}
        named = sorted(
            name for name in files if name in ("wsgi.py", "app.wsgi", "application.wsgi") or name.endswith(".wsgi")
        )
        if named and not any(name.startswith("index.") for name in files):
            yield Finding(
                NO_ALIAS, root[-1].place, f"{root[-1].first} has {named[0]}",
                "WSGIScriptAlias / {}/{}".format(root[-1].first.rstrip("/"), named[0]),
            )  # fmt: skip


@look
def overridden(case: Case) -> Iterator[Finding]:
    """Find directives of process groups in ``.htaccess`` files."""
    if case.machine is None:
        return
    for one in served(case):
        if not one.path.startswith("/"):
            continue
        folder = os.path.dirname(one.path) if one.application else one.path
        allowed = effective(one.host, folder + "/any", one.url, "allowoverride")
        path = os.path.join(folder, ".htaccess")
        if allowed is None or allowed.first.lower() == "none" or not os.path.isfile(path):
            continue
        for directive in read(text_of(path), path).walk():
            if directive.key in ("wsgiprocessgroup", "wsgidaemonprocess", "wsgiscriptalias", "wsgicallableobject"):
                yield Finding(HTACCESS, directive.place, directive.name, "the directive in the site's file instead")
