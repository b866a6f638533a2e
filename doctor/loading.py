"""What Apache's own configuration test says, each message with the page on which it is made to happen and put right."""

from __future__ import annotations

import difflib
import re
from typing import Iterator

from doctor.findings import BROKEN, HINT, RULES, Finding, rule
from doctor.load import text_of
from doctor.text import logical
from doctor.tree import Place
from doctor.versions import GONE_IN_6, NEW_IN_6

#: Directives of mod_wsgi, of all versions, for words that are almost one of them.
DIRECTIVES = (
    "WSGIAcceptMutex", "WSGIAccessScript", "WSGIApplicationGroup", "WSGIAuthGroupScript", "WSGIAuthUserScript",
    "WSGICallableObject", "WSGICaseSensitivity", "WSGIChunkedRequest", "WSGIDaemonProcess",
    "WSGIDestroyInterpreter", "WSGIDispatchScript", "WSGIDontWriteBytecode", "WSGIEnableSendfile",
    "WSGIErrorOverride", "WSGIFreeThreading", "WSGIGroupAuthoritative", "WSGIHandlerScript", "WSGIIgnoreActivity",
    "WSGIImportScript", "WSGIInterpreterOptions", "WSGILazyInitialization", "WSGIMapHEADToGET",
    "WSGINewRelicConfigFile", "WSGINewRelicEnvironment", "WSGIPassApacheRequest", "WSGIPassAuthorization",
    "WSGIPerInterpreterGIL", "WSGIProcessGroup", "WSGIPythonEggs", "WSGIPythonHashSeed", "WSGIPythonHome",
    "WSGIPythonOptimize", "WSGIPythonPath", "WSGIPythonWarnings", "WSGIRestrictEmbedded", "WSGIRestrictProcess",
    "WSGIRestrictSignal", "WSGIRestrictStdin", "WSGIRestrictStdout", "WSGIScriptAlias", "WSGIScriptAliasMatch",
    "WSGIScriptReloading", "WSGIServerMetrics", "WSGISlowRequests", "WSGISocketPrefix", "WSGISocketRotation",
    "WSGISwitchInterval", "WSGITelemetryOptions", "WSGITelemetryService", "WSGITrustedProxies",
    "WSGITrustedProxyHeaders", "WSGIVerboseDebugging",
)  # fmt: skip

REFUSED = "Apache doesn't start with this, and a reload with it changes nothing or ends Apache."


def _refused(id: str, title: str, *covers: str) -> None:
    rule(id, BROKEN, title, REFUSED, "message", covers)


_refused("job-for-apache2-service-failed", "Apache refuses its configuration")
_refused("invalid-command", "A directive that no module knows")
_refused("misspelt-directive", "A misspelt directive")
_refused(
    "not-allowed-in-directory-context",
    "A directive that isn't allowed in this section",
    "no-wsgi-daemon-process-called",
)
_refused("cannot-occur-within-virtualhost-section", "A directive for the whole server, in a site")
_refused("either-all-options-must-start-with-a-sign", "Options, some with a sign and some without")
_refused("invalid-option-to-wsgi-daemon-process", "An option that WSGIDaemonProcess doesn't know")
_refused("option-of-another-version", "An option of another version of mod_wsgi")
_refused("comment-after-backslash", "A comment behind a backslash")
_refused("invalid-option-to-wsgi-script-alias", "An option that WSGIScriptAlias doesn't know")
_refused("name-duplicates-previous-wsgi-daemon", "Two process groups of one name")
_refused(
    "process-group-not-yet-configured",
    "An alias names a process group that isn't defined above it",
    "no-wsgi-daemon-process-called",
)
_refused("was-not-closed", "A section that isn't closed")
_refused("cannot-open-shared-object-file", "A module that can't be loaded")
_refused("undefined-symbol", "A module that was built for another Apache or another Python")
_refused("libpython-cannot-open-shared-object-file", "The Python that the module was built for is missing")
_refused("cannot-open-shared-object-file-permission-denied", "A module that Apache isn't allowed to open")
_refused("config-variable-is-not-defined", "A variable that isn't defined")
rule("ah01574", HINT, "A module is loaded twice", "The first one that is loaded counts.", "message")
rule(
    "ah00558", HINT, "The server has no name of its own", "It's a warning: Apache takes an address instead.", "message"
)

#: Messages, each with its rule; the first that fits counts. ``(?P<word>…)`` is the word that is wrong.
MESSAGES: list[tuple[str, str]] = [
    (r"Invalid command '(?P<word>[^']+)'", "invalid-command"),
    (r"not allowed in <\w+> context", "not-allowed-in-directory-context"),
    (r"cannot occur within <VirtualHost> section", "cannot-occur-within-virtualhost-section"),
    (r"Either all Options must start with", "either-all-options-must-start-with-a-sign"),
    (r"Invalid option to WSGI daemon process definition", "invalid-option-to-wsgi-daemon-process"),
    (r"Invalid option to WSGI script alias definition", "invalid-option-to-wsgi-script-alias"),
    (r"Name duplicates previous WSGI daemon definition", "name-duplicates-previous-wsgi-daemon"),
    (r"WSGI process group not yet configured", "process-group-not-yet-configured"),
    (r"AH0054[34]|bad (?:user|group) name", "ah00543"),
    (r"WSGI process blocked from running as root", "blocked-from-running-as-root"),
    (r"AH02291|AH00014", "ah02291"),
    (r"was not closed|Expected </|without matching <", "was-not-closed"),
    (r"Cannot load .*undefined symbol", "undefined-symbol"),
    (r"Cannot load .*libpython3\S*: cannot open shared object file", "libpython-cannot-open-shared-object-file"),
    (
        r"Cannot load .*cannot open shared object file: Permission denied",
        "cannot-open-shared-object-file-permission-denied",
    ),
    (r"Cannot load .* into server", "cannot-open-shared-object-file"),
    (r"AH00072|could not bind to address", "ah00072"),
    (r"AH01574", "ah01574"),
    (r"AH00558", "ah00558"),
    (r"AH00111|Config variable \S+ is not defined", "config-variable-is-not-defined"),
]
#: Options that not every version has.
OF_ONE_VERSION = tuple(name for name in (*NEW_IN_6, *GONE_IN_6) if name.islower())
LINE = re.compile(r"line (\d+) of ([^:\s]+)")


def relayed(status: int, said: str) -> Iterator[Finding]:
    """Give what the configuration test says as findings.

    :param said: its standard error, whole
    """
    place = Place("", 0)
    told = False
    for line in said.strip().split("\n"):
        named = LINE.search(line)
        if named:
            place = Place(named[2], int(named[1]))
        for pattern, id in MESSAGES:
            found = re.search(pattern, line)
            if found:
                told = True
                id, instead = more(id, found.groupdict().get("word") or "", place)
                text = re.sub(r"^.*?(?:Syntax error on line \d+ of [^:]+: ?)", "", line).strip()
                yield Finding(RULES[id], place, text or line.strip(), instead)
                break
    if status and not told:
        lines = [line.strip() for line in said.strip().split("\n") if line.strip() and not line.startswith("Action '")]
        yield Finding(
            RULES["job-for-apache2-service-failed"],
            place,
            (lines or ["it says nothing"])[-1],
            "what the message asks for",
        )


def more(id: str, word: str, place: Place) -> tuple[str, str]:
    """Return which of a message's causes it is, and what to write instead."""
    if id == "invalid-command":
        near = difflib.get_close_matches(word.lower(), [name.lower() for name in DIRECTIVES], 1, 0.8)
        if near and near[0] != word.lower():
            return "misspelt-directive", next(name for name in DIRECTIVES if name.lower() == near[0])
        if word.lower().startswith("wsgi"):
            return id, "a2enmod wsgi, or a version of mod_wsgi that knows it"
        return id, "the module that has it: a2enmod NAME"
    if id == "invalid-option-to-wsgi-daemon-process":
        said = line_at(place)
        if re.search(r"\\\s+#|\s#", said):
            return "comment-after-backslash", "the comment on a line of its own, above the directive"
        if any(f"{option}=" in said for option in OF_ONE_VERSION):
            return "option-of-another-version", "an option that this version has"
        return id, "only options of WSGIDaemonProcess, and no blanks around ="
    return id, {
        "name-duplicates-previous-wsgi-daemon": "one WSGIDaemonProcess, in the site for port 80, used by both",
        "process-group-not-yet-configured": "the name of a WSGIDaemonProcess that stands above the alias",
        "cannot-occur-within-virtualhost-section": "the directive outside of <VirtualHost>",
        "not-allowed-in-directory-context": "the directive in the <VirtualHost> itself",
        "either-all-options-must-start-with-a-sign": "a sign before each word, or before none",
        "invalid-option-to-wsgi-script-alias": "the option at WSGIDaemonProcess",
        "was-not-closed": "the line that closes the section",
        "undefined-symbol": "the package of the module, or a module that is built again on this machine",
        "libpython-cannot-open-shared-object-file": "the Python in the message, or a module for yours",
        "cannot-open-shared-object-file-permission-denied": "another place for the module, or the missing right",
        "cannot-open-shared-object-file": "the package of the module, or its line without the missing file",
        "ah01574": "one LoadModule for each module",
        "ah00558": "ServerName localhost outside of all sites",
        "config-variable-is-not-defined": "apachectl instead of apache2, or Define NAME VALUE",
    }.get(id, "what the message asks for")


def line_at(place: Place) -> str:
    """Return the directive that ends on a line, joined as Apache joins it."""
    try:
        said = text_of(place.file)
    except OSError:
        return ""
    return next((line for number, line in logical(said) if number >= place.line), "")
