"""What a configuration says about applications: hosts, process groups, and which application runs where."""

from __future__ import annotations

import fnmatch
import re
from typing import Iterator

from doctor.tree import Directive, options

ALIASES = ("wsgiscriptalias", "wsgiscriptaliasmatch")
GLOBAL = "%{GLOBAL}"


class Host:
    """A virtual host; or the server itself, which answers where no host does."""

    def __init__(self, directive: Directive, server: Host | None) -> None:
        self.directive, self.server = directive, server
        self.names = [name for one in directive.of("servername") for name in one.arguments[:1]]
        self.aliases = [name for one in directive.of("serveralias") for name in one.arguments]
        self.addresses = directive.arguments

    @property
    def name(self) -> str:
        """The name without a scheme and a port, as Apache compares it; a host without one has the server's."""
        if not self.names and self.server:
            return self.server.name
        name = self.names[-1] if self.names else ""
        return re.sub(r":\d+$", "", name.split("://")[-1]).lower()

    def own(self, *keys: str) -> list[Directive]:
        """Return what stands in the host itself, in no other section."""
        return self.directive.of(*keys)

    def setting(self, *keys: str) -> Directive | None:
        """Return the last of these directives in the host; else the server's."""
        found = self.own(*keys)
        if found:
            return found[-1]
        return self.server.setting(*keys) if self.server else None

    def sections(self, *keys: str) -> Iterator[Directive]:
        """Give the sections of these kinds that count for the host: the server's, then its own."""
        if self.server:
            yield from self.server.sections(*keys)
        yield from self.own(*keys)


class Group:
    """A ``WSGIDaemonProcess``."""

    def __init__(self, directive: Directive, host: Host) -> None:
        self.directive, self.host = directive, host
        self.name = directive.first
        self.options = options(directive.rest, 1)

    def number(self, option: str) -> int:
        """Return an option's number as mod_wsgi reads it: the digits that it begins with; 0 if there are none."""
        found = re.match(r"\s*[-+]?\d+", self.options.get(option, ""))
        return int(found[0]) if found else 0


class Application:
    """A URL that mod_wsgi answers, and where that runs.

    ``group`` is the directive that chooses the process group, or nothing; ``group_name`` what it chooses: empty for
    none, so embedded.
    """

    def __init__(self, directive: Directive, host: Host, mount: str, target: str, options: dict[str, str]) -> None:
        self.directive, self.host, self.mount, self.target, self.options = directive, host, mount, target, options
        self.pattern = directive.key.endswith("match")
        self.group: Directive | None = None
        self.group_name = ""
        self.interpreter: Directive | None = None
        self.interpreter_name = ""


class Model:
    """Everything of a configuration that rules ask for."""

    def __init__(self, tree: Directive) -> None:
        self.tree = tree
        self.server = Host(tree, None)
        self.hosts = [Host(directive, self.server) for directive in tree.walk() if directive.key == "virtualhost"]
        self.all = [self.server, *self.hosts]
        self.groups = [Group(one, host) for host in self.all for one in host.own("wsgidaemonprocess")]
        self.applications: list[Application] = []
        for host in self.all:
            for directive in host.own(*ALIASES):
                self._application(directive, host)

    @property
    def user(self) -> str:
        """The user of Apache's own processes."""
        said = self.server.own("user")
        return said[-1].first if said else "www-data"

    def visible(self, host: Host) -> list[Group]:
        """Return the process groups that a host's applications can run in."""
        return [
            group for group in self.groups
            if group.host is self.server or group.host is host or group.host.name == host.name
        ]  # fmt: skip

    def of_group(self, group: Group) -> list[Application]:
        """Return the applications that run in a group."""
        return [
            application for application in self.applications
            if application.group_name == group.name and group in self.visible(application.host)
        ]  # fmt: skip

    def _application(self, directive: Directive, host: Host) -> None:
        said = directive.arguments
        if len(said) < 2:
            return
        chosen = options(directive.rest, 2)
        application = Application(directive, host, said[0], said[1], chosen)
        url = "" if application.pattern else application.mount
        for attribute, option, key in (
            ("group", "process-group", "wsgiprocessgroup"),
            ("interpreter", "application-group", "wsgiapplicationgroup"),
        ):  # fmt: skip
            if option in chosen:
                found: Directive | None = directive
                name = chosen[option]
            else:
                found = effective(host, application.target, url, key)
                name = found.first if found else ""
            setattr(application, attribute, found)
            setattr(application, attribute + "_name", "" if name == "%{GLOBAL}" and attribute == "group" else name)
        self.applications.append(application)


# -- Which sections count for a file and its URL ---------------------------------------------


def covers(section: Directive, path: str, url: str) -> bool:
    """Tell whether a section counts for a file with this path, at this URL; as Apache compares them, as text."""
    said = section.arguments
    pattern = said[0] if said else ""
    regex = section.key.endswith("match")
    if pattern == "~" and len(said) > 1:
        pattern, regex = said[1], True
    if section.key.startswith("directory"):
        folder = path.rsplit("/", 1)[0] or "/"
        return searches(pattern, folder + "/") if regex else below(pattern, folder)
    if section.key.startswith("files"):
        name = path.rsplit("/", 1)[-1]
        return searches(pattern, name) if regex else fnmatch.fnmatchcase(name, pattern)
    if section.key.startswith("location"):
        return searches(pattern, url or "/") if regex else below(pattern, url or "/")
    return False


def below(pattern: str, path: str) -> bool:
    """Tell whether a path is a directory or location that a pattern names, or lies below it."""
    wanted = [part for part in pattern.split("/") if part]
    parts = [part for part in path.split("/") if part]
    if len(wanted) > len(parts):
        return False
    return all(fnmatch.fnmatchcase(part, want) for want, part in zip(wanted, parts))


def searches(pattern: str, text: str) -> bool:
    """Tell whether an expression of Apache's is found; one that Python doesn't know counts as not found."""
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False


def merged(host: Host, path: str, url: str) -> Iterator[Directive]:
    """Give the sections that count for a file at a URL, in the order in which Apache merges them: the last one wins."""
    if host.server:
        yield host.server.directive
    yield host.directive
    folders = [one for one in host.sections("directory") if covers(one, path, url)]
    plain = [one for one in folders if one.first != "~"]
    # Python's sort is stable: of two with the same length, the server's comes first.
    yield from sorted(plain, key=lambda one: len([part for part in one.first.split("/") if part]))
    matching = [one for one in folders if one not in plain]
    matching += [one for one in host.sections("directorymatch") if covers(one, path, url)]
    yield from matching
    for folder in [*plain, *matching]:
        yield from (one for one in folder.of("files", "filesmatch") if covers(one, path, url))
    yield from (one for one in host.sections("files", "filesmatch") if covers(one, path, url))
    yield from (one for one in host.sections("location", "locationmatch") if covers(one, path, url))


def effective(host: Host, path: str, url: str, *keys: str) -> Directive | None:
    """Return the directive of these names that holds for a file at a URL."""
    found = None
    for section in merged(host, path, url):
        said = section.of(*keys)
        found = said[-1] if said else found
    return found


def mounted(mount: str, url: str) -> bool:
    """Tell whether an alias or mount point takes a URL."""
    return url == mount or url.startswith(mount if mount.endswith("/") else mount + "/")


def names(host: Host) -> set[str]:
    """Return all names of a host, as they are compared."""
    return {name.lower() for name in [host.name, *host.aliases] if name}


def listens(host: Host) -> tuple[str, ...]:
    """Return the ports of a host's addresses; ``*`` for any."""
    return tuple(address.rsplit(":", 1)[1] if re.search(r":(\d+|\*)$", address) else "*" for address in host.addresses)
