"""Whether what is served is open, and whether more is open than should be."""

from __future__ import annotations

import os
import re
from typing import Iterator

from doctor.access import Access, access, requirements
from doctor.findings import BROKEN, NOT_AS_MEANT, Case, Finding, look, rule
from doctor.model import below, effective, mounted
from doctor.served import Served, handler, served, switched
from doctor.tree import Directive

CLOSED = rule(
    "ah01630", BROKEN, "Nothing opens what the URL leads to",
    "Debian closes all directories but /usr/share and /var/www, so a site has to open what it serves.",
)  # fmt: skip
OLD_WORDS = rule(
    "order-deny-allow",
    BROKEN,
    "Only the words of Apache 2.2 open it",
    "Order and Allow still exist, but they don't open what Require closes.",
)
DENIED = rule(
    "ah01797",
    BROKEN,
    "The words of Apache 2.2 close it",
    "Order, Allow and Deny still count, beside Require: whoever one of the two refuses gets a 403.",
)
RELATIVE = rule(
    "relative-script-path",
    BROKEN,
    "The path doesn't begin with a slash",
    "mod_wsgi doesn't look for a relative path in any directory, so no <Directory> section counts for it.",
    covers=("wsgidaemonprocess-has-no-effect",),
)
LINK = rule(
    "require-behind-a-symbolic-link",
    BROKEN,
    "The <Directory> section names another path to the same place",
    "Apache compares the path as the alias has it, and follows no link for that.",
    covers=("wsgidaemonprocess-has-no-effect", "it-runs-embedded-behind-a-symbolic-link"),
)
EMBEDDED_LINK = rule(
    "it-runs-embedded-behind-a-symbolic-link",
    NOT_AS_MEANT,
    "WSGIProcessGroup is in a section for another path",
    "Apache compares the path as the alias has it, and follows no link for that. So the application runs embedded.",
    covers=("wsgidaemonprocess-has-no-effect",),
)
MOUNT_SLASH = rule(
    "mount-point-trailing-slash",
    BROKEN,
    "A slash at the end of the mount point, and none at the end of the path",
    "What follows the slash in the URL is put directly behind the file's name, and there's no such file.",
)
ALIAS_SLASH = rule(
    "alias-trailing-slash",
    BROKEN,
    "A slash at the end of the URL, and none at the end of the path",
    "What follows the slash in the URL is put directly behind the directory's name.",
)
EXEC_CGI = rule(
    "execcgi-is-off",
    BROKEN,
    "A handler for WSGI files without Options ExecCGI",
    "WSGIScriptAlias does without this option; SetHandler and AddHandler don't. Each request is a 403.",
)
SOURCE = rule(
    "the-source-code-is-public",
    BROKEN,
    "The application's code can be downloaded",
    "An Alias or DocumentRoot leads to the directory that the WSGI file is in, and that is open.",
)
SATISFY = rule(
    "satisfy-any-lets-everyone-in",
    BROKEN,
    "Satisfy Any lets everyone in",
    "With Satisfy Any, one of the two is enough: Require, or the words of Apache 2.2, which refuse nobody here.",
)
NO_TYPE = rule(
    "ah00027",
    BROKEN,
    "A user is required, and nothing asks for a password",
    "Require valid-user needs AuthType, AuthName and a file of users. Each request is a 500.",
)


@look
def opened(case: Case) -> Iterator[Finding]:
    """Tell whether what is served is open."""
    for one in served(case):
        if not one.path.startswith("/"):
            if one.application and "${" not in one.path and not re.match("[A-Za-z]:", one.path):
                yield Finding(
                    RELATIVE,
                    one.directive.place,
                    f"{one.path} is no absolute path",
                    f"the whole path, such as /srv/NAME/{one.path}",
                )
            continue
        file, who = most_open(one)
        folder = one.path.rsplit("/", 1)[0] if one.application else one.path.rstrip("/")
        place = one.directive.place
        if who.state == "closed" and who.satisfy_any is None:
            words = [old for old in who.old if old.parent is not None and old.parent.section]
            elsewhere = other_spelling(case, one, "require")
            if words:
                yield Finding(OLD_WORDS, words[-1].place, f"{one.path} stays closed", "Require all granted")
            elif elsewhere is not None:
                yield Finding(
                    LINK, elsewhere.place, f"{elsewhere.first} isn't the path of {one.path}",
                    f"<Directory {folder}>",
                )  # fmt: skip
            elif by_default(who) and not partly(one):
                what = f"no Require opens {one.path}"
                yield Finding(CLOSED, place, what, f"<Directory {folder}> with Require all granted")
        elif who.closed_by_old and who.satisfy_any is None:
            yield Finding(
                DENIED, who.old[0].place, f"{who.old[0].name} lets nobody in", "Require, and none of the old words"
            )
        if who.satisfy_any is not None and not who.closed_by_old and who.state != "open":
            yield Finding(
                SATISFY, who.satisfy_any.place, f"{one.path} is open for everyone", "Require alone, without Satisfy"
            )
        wants = [req for req in who.required if req.first.lower() in ("valid-user", "user", "group")]
        if wants and effective(one.host, file, one.url, "authtype") is None:
            yield Finding(NO_TYPE, wants[0].place, "AuthType is missing", "AuthType Basic, AuthName and AuthUserFile")


def other_spelling(case: Case, one: Served, *keys: str) -> Directive | None:
    """Return a section with such a directive whose path is another spelling of the one that is served."""
    if case.machine is None:
        return None
    real = os.path.realpath(one.path)
    for section in one.host.sections("directory"):
        path = section.first
        if not section.of(*keys) or path in ("/", "~") or below(path, one.path):
            continue
        if below(os.path.realpath(path), real) or below(path, real):
            return section
    return None


def most_open(one: Served) -> tuple[str, Access]:
    """Return who may have what is served, and the file that says so: of a directory, any in it."""
    files = [one.path] if one.application else [one.path, one.path.rstrip("/") + "/any"]
    found = [(file, access(one.host, file, one.url)) for file in files]
    return next((one for one in found if one[1].state != "closed"), found[-1])


def by_default(who: Access) -> bool:
    """Tell whether it's the rule for all directories that closes it, and no one's intention."""
    section = who.required[-1].inside("directory") if who.required else None
    return section is not None and section.first == "/"


def partly(one: Served) -> bool:
    """Tell whether something below what is served is opened apart."""
    for section in one.host.directive.walk():
        deeper = section.key.startswith("directory") and below(one.path, section.first)
        deeper = deeper or (section.key.startswith("location") and below(one.url, section.first))
        deeper = deeper or (section.key.startswith("files") and one.application is None)
        if deeper and any(True for _ in requirements(section)):
            return True
    return False


@look
def embedded(case: Case) -> Iterator[Finding]:
    """Find applications that their process group's section misses."""
    for one in served(case):
        if one.application and one.application.group is None:
            section = other_spelling(case, one, "wsgiprocessgroup")
            if section is not None:
                yield Finding(
                    EMBEDDED_LINK, section.place, f"{section.first} isn't the path of {one.path}",
                    "<Directory {}>".format(one.path.rsplit("/", 1)[0]),
                )  # fmt: skip


@look
def spelt(case: Case) -> Iterator[Finding]:
    """Find slashes at the end of one side only."""
    for one in served(case):
        if len(one.url) < 2 or not one.url.endswith("/") or one.path.endswith("/"):
            continue
        which = MOUNT_SLASH if one.application else ALIAS_SLASH
        yield Finding(
            which, one.directive.place, f"{one.url}x leads to {one.path}x",
            "{} {} {}".format(one.directive.name, one.url.rstrip("/"), one.path),
        )  # fmt: skip


@look
def handlers(case: Case) -> Iterator[Finding]:
    """Find WSGI files by handler, where programs are not allowed."""
    for directive in case.model.tree.walk():
        if directive.key not in ("sethandler", "addhandler") or directive.first.lower() != "wsgi-script":
            continue
        section = directive.inside("directory")
        host = next(
            (host for host in case.model.hosts if host.directive is directive.inside("virtualhost")), case.model.server
        )
        around = [
            word.lower().lstrip("+")
            for one in directive.ancestors()
            for opt in one.of("options")
            for word in opt.arguments
        ]
        if "execcgi" in around or "all" in around:
            continue
        if section is not None and "execcgi" not in switched(host, section.first.rstrip("/") + "/any", ""):
            yield Finding(EXEC_CGI, directive.place, f"ExecCGI is off for {section.first}", "Options +ExecCGI")


@look
def public(case: Case) -> Iterator[Finding]:
    """Find WSGI files that another URL leads to, as text."""
    model, everything = case.model, served(case)
    for host in model.all:
        aliases = [one for one in everything if one.host is host and one.application is None]
        roots = [(one.directive, one.url, one.path) for one in aliases]
        root = host.setting("documentroot")
        if root is not None and root.arguments and (host is not model.server or not model.hosts):
            roots.append((root, "/", root.first))
        for directive, url, path in roots:
            for one in model.applications:
                if not one.target.startswith("/") or not below(path, one.target):
                    continue
                name = url.rstrip("/") + "/" + one.target[len(path.rstrip("/")) :].lstrip("/")
                takers = [other for other in model.applications if other.host is host and mounted(other.mount, name)]
                if directive is root and takers:
                    continue
                if access(host, one.target, name).state == "open" and "wsgi-script" not in handler(
                    host, one.target, name
                ):
                    yield Finding(
                        SOURCE, directive.place, f"{name} shows {one.target}",
                        "a directory of its own for what everyone may have, such as {}/static".format(path.rstrip("/")),
                    )  # fmt: skip
