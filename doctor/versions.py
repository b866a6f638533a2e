"""What a version of mod_wsgi has that another hasn't: for an upgrade, before it is made."""

from __future__ import annotations

import re
from typing import Iterator

from doctor.findings import HINT, RULES, Case, Finding, look, rule
from doctor.model import GLOBAL

#: As the modules of these versions say themselves; a test compares this with ``snippets/recorded/reference.json``.
GONE_IN_6 = (
    "WSGILazyInitialization", "WSGINewRelicConfigFile", "WSGINewRelicEnvironment",
    "newrelic-config-file", "newrelic-environment",
)  # fmt: skip
NEW_IN_6 = (
    "WSGIFreeThreading", "WSGIInterpreterOptions", "WSGIPerInterpreterGIL", "WSGISlowRequests", "WSGISwitchInterval",
    "WSGITelemetryOptions", "WSGITelemetryService", "interrupt-timeout", "response-flush-delay", "switch-interval",
)  # fmt: skip
#: What people call a version: mod_wsgi's own, or the Debian that has it.
VERSIONS = {
    "4.9": (4, 9), "bookworm": (4, 9), "12": (4, 9), "5.0": (5, 0), "trixie": (5, 0), "13": (5, 0), "6.1": (6, 1),
}  # fmt: skip

OTHER_INTERPRETERS = rule(
    "pyo3-modules-do-not-yet-support-subinterpreters",
    HINT,
    "From Debian 13 on, more modules refuse to run in a sub-interpreter",
    "Its Python 3.13 refuses modules that earlier Pythons loaded, such as Debian's own psycopg2.",
    "version",
)


@look
def upgraded(case: Case) -> Iterator[Finding]:
    """Find what the version that somebody asks about refuses."""
    if case.version is None:
        return
    missing = GONE_IN_6 if case.version >= (6, 0) else NEW_IN_6
    said = "{}.{}".format(*case.version)
    refused = RULES["option-of-another-version"]
    for directive in case.model.tree.walk():
        for name in missing:
            if directive.key == name.lower():
                yield Finding(refused, directive.place, f"mod_wsgi {said} has no {name}", "nothing in its place")
            elif directive.key == "wsgidaemonprocess" and re.search(rf"\b{name}=", directive.rest):
                yield Finding(refused, directive.place, f"mod_wsgi {said} has no option {name}", "nothing in its place")
    for one in case.model.applications if case.version >= (5, 0) else ():
        if one.interpreter_name != GLOBAL:
            place = one.interpreter.place if one.interpreter else one.directive.place
            yield Finding(OTHER_INTERPRETERS, place, f"{one.target} runs in one", f"WSGIApplicationGroup {GLOBAL}")
