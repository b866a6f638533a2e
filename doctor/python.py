"""Where an application's Python is, and the directories that its processes start in."""

from __future__ import annotations

import os
import re
from typing import Iterator

from doctor.findings import BROKEN, HINT, NOT_AS_MEANT, Case, Finding, look, rule
from doctor.machine import barrier, pythons
from doctor.served import accounts
from doctor.tree import Directive

NO_HOME = rule(
    "no-module-named-encodings", BROKEN, "The directory in python-home doesn't exist",
    "Python finds none of its own modules, and its processes end as soon as they start. Each request hangs.", "files",
)  # fmt: skip
NO_ENVIRONMENT = rule(
    "python-home-is-no-virtual-environment",
    BROKEN,
    "The directory in python-home is no virtual environment",
    "python-home takes what sys.prefix prints, not the project, its bin or its site-packages. Each request hangs.",
    "files",
)
CLOSED_HOME = rule(
    "permission-denied-unable-to-stat-python-home",
    BROKEN,
    "The process group's user isn't allowed to enter python-home",
    "The processes run as this user, and end as soon as they start. Each request hangs.",
    "files",
)
OTHER_PYTHON = rule(
    "virtual-environment-of-another-python",
    BROKEN,
    "The virtual environment is for another Python",
    "mod_wsgi has its Python built in. It looks in lib/pythonX.Y of its own version, and finds nothing there.",
    "files",
)
PACKAGES = rule(
    "the-virtual-environment-is-ignored",
    NOT_AS_MEANT,
    "python-path names the packages of a virtual environment",
    "It adds them to the Python that mod_wsgi has anyway: the environment's own settings and .pth files don't count.",
)
NO_PATH = rule(
    "no-module-named",
    HINT,
    "python-path names a directory that isn't there",
    "Python leaves out directories that don't exist, and says nothing.",
    "files",
)
NO_DIRECTORY = rule(
    "unable-to-change-working-directory",
    BROKEN,
    "The directory in home isn't there, or is closed to the user",
    "The processes end as soon as they start. Each request hangs.",
    "files",
)
NO_HOME_OF_USER = rule(
    "unable-to-change-working-directory-to-home-directory",
    BROKEN,
    "The user's home directory doesn't exist",
    "Without the option home, processes start in their user's home directory, and end if they can't.",
    "files",
)
NO_USER = rule(
    "ah00543",
    BROKEN,
    "There's no such user or group",
    "Apache doesn't start.",
    "files",
)


@look
def homes(case: Case) -> Iterator[Finding]:
    """Tell whether ``python-home`` is an environment that the group's Python can use."""
    if case.machine is None:
        return
    built = pythons(module(case)) if module(case) else set()
    places = [
        (group.directive, group.options["python-home"], group)
        for group in case.model.groups
        if "python-home" in group.options
    ]
    for directive, home, group in places:
        user, who = accounts(case, group)
        if who is None or not home.startswith("/"):
            continue
        found = barrier(home, who, "directory")
        place = directive.place
        if found and found.kind == "missing":
            yield Finding(
                NO_HOME,
                place,
                f"{found.path} doesn't exist",
                "python-home=DIRECTORY, where python3 -m venv has made one",
            )
        elif found and found.kind == "closed":
            yield Finding(
                CLOSED_HOME, place, f"{user} isn't allowed to enter {found.path}",
                f"an environment that {user} is allowed to enter, such as /srv/NAME/venv",
            )  # fmt: skip
        elif found is None:
            yield from environment(home, directive, built)


def environment(home: str, directive: Directive, built: set[str]) -> Iterator[Finding]:
    """Tell whether a directory is an environment, and for a Python that mod_wsgi has."""
    library = os.path.join(home, "lib")
    try:
        versions = {name[6:] for name in os.listdir(library) if re.match(r"python3\.\d+$", name)}
    except OSError:
        versions = set()
    whole = any(os.path.isfile(os.path.join(library, "python" + version, "os.py")) for version in versions)
    if not os.path.isfile(os.path.join(home, "pyvenv.cfg")) and not whole:
        inside = [name for name in ("venv", ".venv", "env") if os.path.isfile(os.path.join(home, name, "pyvenv.cfg"))]
        above = next((up for up in parents(home) if os.path.isfile(os.path.join(up, "pyvenv.cfg"))), "")
        better = os.path.join(home, inside[0]) if inside else above or "DIRECTORY, where python3 -m venv has made one"
        yield Finding(NO_ENVIRONMENT, directive.place, f"{home} has no pyvenv.cfg", f"python-home={better}")
    elif built and versions and not versions & built:
        yield Finding(
            OTHER_PYTHON, directive.place,
            "Python {} is in it, {} in mod_wsgi".format(", ".join(sorted(versions)), ", ".join(sorted(built))),
            f"an environment that Python {sorted(built)[-1]} has made",
        )  # fmt: skip


def parents(path: str) -> Iterator[str]:
    """Give the directories that a path is in, the nearest first."""
    while path not in ("/", ""):
        path = os.path.dirname(path)
        yield path


def module(case: Case) -> str:
    """Return the file of mod_wsgi's module; empty if the configuration doesn't tell."""
    tree = case.text or case.model.tree
    for directive in tree.walk():
        if directive.key == "loadmodule" and directive.first == "wsgi_module" and len(directive.arguments) > 1:
            return directive.arguments[1]
    return ""


@look
def paths(case: Case) -> Iterator[Finding]:
    """Look at the directories in ``python-path``."""
    for group in case.model.groups:
        user, who = accounts(case, group) if case.machine is not None else ("", None)
        for path in group.options.get("python-path", "").split(":"):
            if not path.startswith("/") or "," in path:
                continue
            place, real = group.directive.place, os.path.realpath(path) if case.machine is not None else path
            if re.search(r"/lib/python3[.\d]*/(site|dist)-packages/?$", real) and not real.startswith("/usr/"):
                yield Finding(PACKAGES, place, path, "python-home={}".format(real.split("/lib/python3")[0]))
            found = barrier(path, who, "directory") if who else None
            if found and found.kind in ("missing", "closed"):
                yield Finding(NO_PATH, place, found.said(user), "a directory that is there, or none")


@look
def starts_in(case: Case) -> Iterator[Finding]:
    """Tell whether a group's processes can enter the directory that they start in."""
    if case.machine is None:
        return
    for group in case.model.groups:
        user, who = accounts(case, group)
        place = group.directive.place
        if who is None:
            yield Finding(
                NO_USER,
                place,
                "user={} group={}".format(user, group.options.get("group", "")),
                "a user of this machine",
            )
            continue
        home = group.options.get("home", "")
        if home:
            found = barrier(home, who, "directory")
            if found and found.kind in ("missing", "closed"):
                yield Finding(NO_DIRECTORY, place, found.said(user), f"home=DIRECTORY that {user} is allowed to enter")
        elif "user" in group.options:
            found = barrier(who.home, who, "directory")
            if found and found.kind in ("missing", "closed"):
                yield Finding(
                    NO_HOME_OF_USER,
                    place,
                    f"{user} has the home directory {who.home}",
                    "home=/srv/NAME, or any directory that is there",
                )
