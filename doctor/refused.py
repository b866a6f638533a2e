"""What Apache would refuse in a text that nobody tests: directives of mod_wsgi's, their places, and their options.

On a machine, Apache's own configuration test says it.
"""

from __future__ import annotations

import difflib
from typing import Iterator

from doctor.findings import RULES, Case, Finding, look
from doctor.loading import DIRECTIVES
from doctor.tree import Directive, options, split_options

#: As the modules say themselves; a test compares these with ``snippets/recorded/reference.json``.
OF_THE_SERVER = (
    "WSGIAcceptMutex", "WSGICaseSensitivity", "WSGIDestroyInterpreter", "WSGIDontWriteBytecode",
    "WSGIFreeThreading", "WSGIInterpreterOptions", "WSGILazyInitialization", "WSGINewRelicConfigFile",
    "WSGINewRelicEnvironment", "WSGIPerInterpreterGIL", "WSGIPythonEggs", "WSGIPythonHashSeed", "WSGIPythonHome",
    "WSGIPythonOptimize", "WSGIPythonPath", "WSGIPythonWarnings", "WSGIRestrictEmbedded", "WSGIRestrictSignal",
    "WSGIRestrictStdin", "WSGIRestrictStdout", "WSGIServerMetrics", "WSGISlowRequests", "WSGISocketPrefix",
    "WSGISocketRotation", "WSGISwitchInterval", "WSGITelemetryOptions", "WSGITelemetryService",
    "WSGIVerboseDebugging",
)  # fmt: skip
NOT_IN_A_DIRECTORY = (
    "WSGIAcceptMutex", "WSGICaseSensitivity", "WSGIDaemonProcess", "WSGIDestroyInterpreter",
    "WSGIDontWriteBytecode", "WSGIFreeThreading", "WSGIImportScript", "WSGIInterpreterOptions",
    "WSGILazyInitialization", "WSGINewRelicConfigFile", "WSGINewRelicEnvironment", "WSGIPerInterpreterGIL",
    "WSGIPythonEggs", "WSGIPythonHashSeed", "WSGIPythonHome", "WSGIPythonOptimize", "WSGIPythonPath",
    "WSGIPythonWarnings", "WSGIRestrictEmbedded", "WSGIRestrictSignal", "WSGIRestrictStdin", "WSGIRestrictStdout",
    "WSGIScriptAlias", "WSGIScriptAliasMatch", "WSGIServerMetrics", "WSGISlowRequests", "WSGISocketPrefix",
    "WSGISocketRotation", "WSGISwitchInterval", "WSGITelemetryOptions", "WSGITelemetryService",
    "WSGIVerboseDebugging",
)  # fmt: skip
OPTIONS = (
    "chroot", "connect-timeout", "cpu-priority", "cpu-time-limit", "deadlock-timeout", "display-name",
    "eviction-timeout", "graceful-timeout", "group", "header-buffer-size", "home", "inactivity-timeout",
    "interrupt-timeout", "lang", "listen-backlog", "locale", "maximum-requests", "memory-limit",
    "newrelic-config-file", "newrelic-environment", "processes", "python-eggs", "python-home", "python-path",
    "queue-timeout", "receive-buffer-size", "request-timeout", "response-buffer-size", "response-flush-delay",
    "response-socket-timeout", "restart-interval", "script-group", "script-user", "send-buffer-size",
    "server-metrics", "shutdown-timeout", "socket-timeout", "socket-user", "stack-size", "startup-timeout",
    "supplementary-groups", "switch-interval", "threads", "umask", "user", "virtual-memory-limit",
)  # fmt: skip
OF_AN_ALIAS = ("process-group", "application-group", "callable-object", "pass-authorization")
#: Sections in which a directive is for some requests only.
INNER = ("directory", "directorymatch", "location", "locationmatch", "files", "filesmatch", "if")


def refused(id: str, directive: Directive, what: str, instead: str) -> Finding:
    """Return a finding of what the configuration test would say."""
    return Finding(RULES[id], directive.place, what, instead)


@look
def directives(case: Case) -> Iterator[Finding]:
    """Find directives of mod_wsgi's that don't exist, or not where they stand."""
    known = {name.lower(): name for name in DIRECTIVES}
    for directive in case.model.tree.walk() if case.machine is None else ():
        if directive.section or not directive.key.startswith("wsgi"):
            continue
        name = known.get(directive.key)
        if name is None:
            near = difflib.get_close_matches(directive.key, known, 1, 0.8)
            better = known[near[0]] if near else "a directive of mod_wsgi"
            yield refused("misspelt-directive", directive, f"{directive.name} doesn't exist", better)
        elif name in OF_THE_SERVER and directive.inside("virtualhost"):
            what = f"{name} is for the whole server"
            yield refused(
                "cannot-occur-within-virtualhost-section", directive, what, f"{name} outside of <VirtualHost>"
            )
        elif name in NOT_IN_A_DIRECTORY and directive.inside(*INNER):
            what = f"{name} is for a whole site"
            yield refused("not-allowed-in-directory-context", directive, what, f"{name} in the <VirtualHost> itself")


@look
def unknown_options(case: Case) -> Iterator[Finding]:
    """Find options that a directive doesn't have."""
    if case.machine is not None:
        return
    for group in case.model.groups:
        directive = group.directive
        if "=" in group.name:
            continue
        bare = split_options(directive.rest, 1)[1]
        if bare:
            comment = any(word.startswith("#") for word in bare)
            id = "comment-after-backslash" if comment else "invalid-option-to-wsgi-daemon-process"
            what, better = f"{bare[0]} is no option", "options as name=value, without blanks, and no comment"
            yield refused(id, directive, what, better)
        for option in group.options:
            if option not in OPTIONS:
                near = difflib.get_close_matches(option, OPTIONS, 1, 0.7)
                what, better = f"{option} is no option", near[0] if near else "an option of WSGIDaemonProcess"
                yield refused("invalid-option-to-wsgi-daemon-process", directive, what, better)
    for one in case.model.applications:
        for option in one.options:
            if option not in OF_AN_ALIAS:
                what = f"{option} is no option of {one.directive.name}"
                yield refused(
                    "invalid-option-to-wsgi-script-alias", one.directive, what, "the option at WSGIDaemonProcess"
                )


@look
def order(case: Case) -> Iterator[Finding]:
    """Find groups with a name that another has, and aliases that stand above their group."""
    if case.machine is not None:
        return
    defined: dict[str, Directive] = {}
    for directive in case.model.tree.walk():
        if directive.key == "wsgidaemonprocess":
            before = defined.setdefault(directive.first, directive)
            if before is not directive and not directive.inside(*INNER):
                what = f"{directive.first} is also defined at {before.place}"
                better = "one WSGIDaemonProcess for both sites, or another name"
                yield refused("name-duplicates-previous-wsgi-daemon", directive, what, better)
        elif directive.key in ("wsgiscriptalias", "wsgiscriptaliasmatch", "wsgiimportscript"):
            name = options(directive.rest, 1 if directive.key == "wsgiimportscript" else 2).get("process-group", "")
            later = [group for group in case.model.groups if group.name == name]
            if name and "%{" not in name and name not in defined and later:
                what = f"{name} is defined below, at {later[0].directive.place}"
                yield refused(
                    "process-group-not-yet-configured", directive, what, "the WSGIDaemonProcess above the alias"
                )
