"""What URLs lead to, and what Apache does with it."""

from __future__ import annotations

from typing import NamedTuple

from doctor.findings import Case
from doctor.machine import Account, account
from doctor.model import Application, Group, Host, effective, merged
from doctor.tree import Directive


def accounts(case: Case, group: Group | None) -> tuple[str, Account | None]:
    """Return the user of a group's processes, by name and as an account; without a group, of Apache's own."""
    options = group.options if group else {}
    user = options.get("user", "") or case.model.user
    return user, account(user, options.get("group", ""))


class Served(NamedTuple):
    """A URL, and the file or directory that it leads to."""

    directive: Directive
    host: Host
    url: str
    path: str
    application: Application | None


def served(case: Case) -> list[Served]:
    """Return what a configuration leads URLs to."""
    found = []
    for one in case.model.applications:
        if not one.pattern:
            found.append(Served(one.directive, one.host, one.mount, one.target, one))
    for host in case.model.all:
        for directive in host.own("alias"):
            said = directive.arguments
            if len(said) == 2:
                found.append(Served(directive, host, said[0], said[1], None))
    return found


def switched(host: Host, path: str, url: str) -> list[str]:
    """Return the ``Options`` that hold for a file at a URL, in small letters."""
    on = ["followsymlinks"]
    for section in merged(host, path, url):
        for directive in section.of("options"):
            said = [word.lower() for word in directive.arguments]
            if not any(word.startswith(("+", "-")) for word in said):
                on = []
            for word in said:
                name = word.lstrip("+-")
                on = [one for one in on if one != name and name != "none"]
                if name == "all":
                    on += ["followsymlinks", "execcgi", "indexes", "includes"]
                elif not word.startswith("-"):
                    on.append(name)
    return on


def handler(host: Host, path: str, url: str) -> str:
    """Return the handler that files of a name get."""
    found = effective(host, path, url, "sethandler", "addhandler")
    return found.rest.lower() if found else ""
