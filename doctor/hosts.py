"""Which site answers: Apache looks at the port, then at the name, and else takes the first site of the port."""

from __future__ import annotations

import fnmatch
from typing import Iterator
from urllib.parse import urlsplit

from doctor.findings import BROKEN, NOT_AS_MEANT, Case, Finding, look, rule
from doctor.model import Host, listens, names

OTHER_SITE = rule(
    "the-default-page-instead-of-the-application",
    BROKEN,
    "No site has the name that is asked for",
    "Apache then takes the first site that it has for the port.",
    "address",
)
SAME_NAME = rule(
    "another-virtual-host-answers",
    NOT_AS_MEANT,
    "Two sites have the same name and port",
    "Apache takes the first one. Nobody reaches the other.",
)


def has_name(host: Host, name: str) -> bool:
    """Tell whether a site has a name; aliases may have ``*`` and ``?``."""
    return any(fnmatch.fnmatchcase(name, own) for own in names(host))


@look
def asked_for(case: Case) -> Iterator[Finding]:
    """Find out whether a site answers for the address that somebody asks for."""
    if not case.url:
        return
    address = urlsplit(case.url if "//" in case.url else f"http://{case.url}")
    name = (address.hostname or "").lower()
    port = str(address.port or (443 if address.scheme == "https" else 80))
    there = [host for host in case.model.hosts if {port, "*"} & set(listens(host))]
    if there and not any(has_name(host, name) for host in there):
        first = there[0]
        what = f"{first.name or 'a site without a name'} answers for {name}, on port {port}"
        yield Finding(OTHER_SITE, first.directive.place, what, f"ServerName {name} or ServerAlias {name} in your site")


@look
def same_name(case: Case) -> Iterator[Finding]:
    """Find sites that nobody reaches, because another of the same name and address comes first."""
    seen: dict[tuple[str, tuple[str, ...]], Host] = {}
    for host in case.model.hosts:
        key = host.name, tuple(sorted(host.addresses))
        if not host.names:
            continue
        before = seen.setdefault(key, host)
        if before is not host:
            what = f"{host.name} is also the site at {before.directive.place}, which comes first"
            yield Finding(SAME_NAME, host.directive.place, what, "another ServerName, or one site less")
