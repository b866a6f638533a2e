"""Process groups: which process an application runs in, and what its options say."""

from __future__ import annotations

import re
from typing import Iterator

from doctor.findings import BROKEN, HINT, NOT_AS_MEANT, Case, Finding, look, rule
from doctor.model import GLOBAL, Application, Group, effective
from doctor.tree import options

#: Options of ``WSGIDaemonProcess`` that take a whole number of something; those of a time in seconds.
TIMES = {
    "restart-interval", "deadlock-timeout", "inactivity-timeout", "request-timeout", "interrupt-timeout",
    "startup-timeout", "graceful-timeout", "eviction-timeout", "shutdown-timeout", "connect-timeout", "socket-timeout",
    "queue-timeout", "response-socket-timeout", "cpu-time-limit",
}  # fmt: skip
NUMBERS = TIMES | {
    "processes", "threads", "maximum-requests", "stack-size", "listen-backlog", "send-buffer-size",
    "receive-buffer-size", "header-buffer-size", "response-buffer-size", "memory-limit", "virtual-memory-limit",
}  # fmt: skip
VARIABLES = re.compile(r"%\{(GLOBAL|SERVER|RESOURCE|HOST|ENV:[^}]+)\}$")

UNKNOWN_GROUP = rule(
    "no-wsgi-daemon-process-called", BROKEN, "There's no process group of this name",
    "Apache looks for the group only when a request comes, and answers it with 500.",
)  # fmt: skip
OTHER_HOSTS = rule(
    "cannot-be-accessed-by-this-wsgi-application",
    BROKEN,
    "The process group belongs to another site",
    "A group that is defined in a <VirtualHost> is only for hosts of the same ServerName.",
)
NO_EFFECT = rule(
    "wsgidaemonprocess-has-no-effect",
    NOT_AS_MEANT,
    "The application doesn't run in the process group",
    "Without WSGIProcessGroup an application runs in Apache's own processes, and the group's processes do nothing.",
)
RESTRICTED = rule(
    "embedded-mode-of-mod-wsgi-disabled",
    BROKEN,
    "No process group, and embedded mode is off",
    "With WSGIRestrictEmbedded On, an application without a process group gets no process, and each request is a 500.",
)
NO_NAME = rule(
    "a-group-without-a-name",
    NOT_AS_MEANT,
    "The first word of WSGIDaemonProcess is an option",
    "mod_wsgi takes the first word as the name of the group, whatever it is, so this option isn't set.",
)
NOT_GLOBAL = rule(
    "wsgiapplicationgroup-global-has-no-effect",
    NOT_AS_MEANT,
    "The application group isn't a variable of mod_wsgi's",
    "mod_wsgi takes any other word as a name, so the application runs in a sub-interpreter of that name.",
)
TWICE = rule(
    "the-application-is-loaded-twice",
    NOT_AS_MEANT,
    "The application is loaded twice",
    "WSGIImportScript loads the file in one interpreter, and requests are answered by another.",
)
UNIT = rule(
    "the-process-restarts-after-each-request",
    NOT_AS_MEANT,
    "A number has letters behind it",
    "mod_wsgi reads the digits at the beginning, and leaves out the rest without a word.",
)
NO_THREADS = rule(
    "every-request-hangs-and-the-log-is-empty",
    BROKEN,
    "No processes or no threads",
    "A word is read as 0, so nobody answers requests, and each of them waits.",
)
ONE_PROCESS = rule(
    "wsgi-multiprocess-is-true-with-one-process",
    HINT,
    "processes=1 is not the same as no processes option",
    "With the option, wsgi.multiprocess is True, even if the number is 1.",
)
ROOT = rule(
    "blocked-from-running-as-root",
    BROKEN,
    "The process group's user is root",
    "mod_wsgi refuses to run applications as root.",
)
SUB_INTERPRETER = rule(
    "it-hangs-in-a-module-written-in-c",
    HINT,
    "The application doesn't run in the main interpreter",
    "Modules written in C or Rust, such as NumPy, may hang or refuse to load in a sub-interpreter.",
)
SERVER_PATH = rule(
    "wsgipythonpath-has-no-effect",
    NOT_AS_MEANT,
    "WSGIPythonPath is for embedded mode only",
    "All applications here run in process groups, and those don't look at it.",
)
COMMA = rule(
    "python-path-with-two-directories-finds-neither",
    NOT_AS_MEANT,
    "A comma between the directories of python-path",
    "A colon separates directories; with a comma it is one directory, which doesn't exist.",
)
OLD_RELOADING = rule(
    "touching-the-wsgi-file-has-no-effect",
    HINT,
    "Changes of the WSGI file are not looked for",
    "With WSGIScriptReloading Off, new code is loaded after a reload, or when the group's processes are replaced.",
)


@look
def chosen(case: Case) -> Iterator[Finding]:
    """Find applications whose process group isn't there, or not for their host."""
    model = case.model
    restricted = model.server.setting("wsgirestrictembedded")
    for one in model.applications:
        name = one.group_name
        if "%{" in name or "${" in name:
            continue
        if one.group is None and elsewhere(one):
            continue
        if not name:
            alone = [group for group in model.visible(one.host) if group.host is one.host or not model.of_group(group)]
            if restricted is not None and restricted.first.lower() == "on" and one.group is None:
                yield Finding(
                    RESTRICTED, one.directive.place, f"{one.target} runs in no process group",
                    "WSGIProcessGroup {}".format(alone[0].name if alone else "NAME"),
                )  # fmt: skip
            elif one.group is None and [group for group in alone if not model.of_group(group)]:
                group = next(group for group in alone if not model.of_group(group))
                yield Finding(
                    NO_EFFECT, group.directive.place,
                    f"{one.target} has no WSGIProcessGroup, so it doesn't run in {group.name}",
                    f"WSGIProcessGroup {group.name} in the <Directory> of the application",
                )  # fmt: skip
            continue
        if any(group.name == name for group in model.visible(one.host)):
            continue
        place = one.group.place if one.group else one.directive.place
        others = [group for group in model.groups if group.name == name]
        if others:
            yield Finding(
                OTHER_HOSTS, place, f"the group {name} is defined in the site at {others[0].host.directive.place}",
                f"WSGIDaemonProcess {name} outside of all <VirtualHost> sections, or in this one",
            )  # fmt: skip
        elif any("=" in group.name for group in model.visible(one.host)):
            group = next(group for group in model.visible(one.host) if "=" in group.name)
            yield Finding(
                NO_NAME, group.directive.place, f"the group is called {group.name}",
                f"WSGIDaemonProcess {name} {group.directive.rest}",
            )  # fmt: skip
        elif case.machine is not None or model.groups:  # of a text alone, the group may be in another file
            near = [group.name for group in model.visible(one.host)]
            yield Finding(
                UNKNOWN_GROUP, place, f"no WSGIDaemonProcess is called {name}",
                f"WSGIProcessGroup {near[0] if near else name}",
            )  # fmt: skip


def elsewhere(one: Application) -> bool:
    """Tell whether a group may be chosen where only a request can tell: in ``<If>``, or by URL for a pattern."""
    sections = ("if", "elseif", "else", *(("location", "locationmatch") if one.pattern else ()))
    for place in (one.host.directive, one.host.server.directive if one.host.server else one.host.directive):
        for section in place.walk():
            if section.key in sections and section.of("wsgiprocessgroup"):
                return True
    return False


@look
def interpreters(case: Case) -> Iterator[Finding]:
    """Look at the interpreter that an application runs in."""
    for one in case.model.applications:
        name = one.interpreter_name
        place = one.interpreter.place if one.interpreter else one.directive.place
        known = VARIABLES.match(name)
        if ("%{" in name and not known) or name.upper() in ("GLOBAL", "{GLOBAL}", "%GLOBAL", "${GLOBAL}", "$GLOBAL"):
            yield Finding(
                NOT_GLOBAL, place, f"{name} is the name of a sub-interpreter",
                "application-group=%{GLOBAL}" if one.interpreter is one.directive else "WSGIApplicationGroup %{GLOBAL}",
            )  # fmt: skip
        elif name != GLOBAL and not (one.interpreter is None and elsewhere(one)):
            beside = [other for other in case.model.applications if other.group_name == one.group_name]
            alone = "WSGIApplicationGroup %{GLOBAL}"
            apart = f"for each application a process group with {alone}"
            what = f"{one.target} runs in a sub-interpreter"
            yield Finding(SUB_INTERPRETER, place, what, apart if len(beside) > 1 else alone)
        off = effective(one.host, one.target, one.mount, "wsgiscriptreloading")
        if off is not None and off.first.lower() == "off":
            yield Finding(
                OLD_RELOADING,
                off.place,
                f"{one.target} is loaded once",
                "nothing, if you reload Apache or the group's processes with each release",
            )


@look
def imported_twice(case: Case) -> Iterator[Finding]:
    """Find files that are loaded before the first request, but not where requests are answered."""
    for host in case.model.all:
        for directive in host.own("wsgiimportscript"):
            said = directive.arguments
            chosen = options(directive.rest, 1)
            for one in case.model.applications:
                if said[:1] != [one.target] or one.group_name != chosen.get("process-group", ""):
                    continue
                if one.interpreter_name != chosen.get("application-group", ""):
                    yield Finding(
                        TWICE, directive.place,
                        "{} is loaded in {}, and requests go to {}".format(
                            one.target, chosen.get("application-group", "a sub-interpreter"),
                            one.interpreter_name or "a sub-interpreter of the site's name",
                        ),
                        "{} {} {} process-group={} application-group={}".format(
                            one.directive.name, one.mount, one.target, one.group_name,
                            chosen.get("application-group", GLOBAL),
                        ),
                    )  # fmt: skip


@look
def group_options(case: Case) -> Iterator[Finding]:
    """Look at the options of process groups."""
    for group in case.model.groups:
        place = group.directive.place
        for name, value in group.options.items():
            if name in NUMBERS:
                yield from number(group, name, value)
        if group.options.get("processes") == "1":
            yield Finding(ONE_PROCESS, place, f"the group {group.name} has processes=1", "no option processes")
        if group.options.get("user") in ("root", "#0"):
            yield Finding(ROOT, place, f"the group {group.name} runs as root", "user=NAME, without rights of its own")
        path = group.options.get("python-path", "")
        if "," in path:
            yield Finding(
                COMMA,
                place,
                f"python-path is one directory, {path}",
                "python-path={}".format(re.sub(r"\s*,\s*", ":", path)),
            )


def number(group: Group, name: str, value: str) -> Iterator[Finding]:
    """Tell what mod_wsgi makes of a number, if it isn't what is written."""
    reads = group.number(name)
    if name in ("threads", "processes") and reads < 1 and value.strip():
        yield Finding(NO_THREADS, group.directive.place, f"{name}={value} is read as {reads}", f"{name}=5")
    elif value and not value.isdigit() and not value.startswith("-"):
        unit = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "k": 1000}.get(value.lstrip("0123456789").lower(), 0)
        more = f"{name}={reads * unit}" if unit else f"{name} with digits alone"
        yield Finding(UNIT, group.directive.place, f"{name}={value} is read as {reads}", more)


@look
def python_path_of_the_server(case: Case) -> Iterator[Finding]:
    """Find ``WSGIPythonPath`` where no application runs embedded."""
    said = case.model.server.own("wsgipythonpath")
    if said and case.model.applications and all(one.group_name for one in case.model.applications):
        yield Finding(
            SERVER_PATH,
            said[-1].place,
            "no application runs embedded",
            f"python-path={said[-1].first} as an option of WSGIDaemonProcess",
        )
