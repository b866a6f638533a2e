"""The command: ``sudo python3 wsgi-doctor.py`` on a server, ``wsgi-doctor.py --text site.conf`` anywhere."""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import NamedTuple

# What these look for is in the table as soon as they are loaded.
from doctor import groups, hosts, opened, proxies, python, refused, there, versions  # noqa: F401
from doctor.apache import Apache, Problem, run
from doctor.findings import HINT, RULES, Case, Finding, findings
from doctor.load import Loader, differs, text_of
from doctor.loading import relayed
from doctor.logs import Seen, files, read_at, seen
from doctor.model import Model
from doctor.report import as_json, explained, sarif, text
from doctor.server import changed_since
from doctor.tree import Directive
from doctor.versions import VERSIONS

IGNORE = re.compile(r"#\s*wsgi-doctor:\s*ignore\s+([\w-]+)\s+(\S.*)")


class Asked(NamedTuple):
    """What somebody wants to know besides: which site answers for an address, what a version of mod_wsgi refuses."""

    url: str | None = None
    version: tuple[int, int] | None = None


NOTHING = Asked()


class Looked(NamedTuple):
    """What was found, the known messages in the logs, and what was read and what could not be seen.

    ``reading`` says where this tool reads the configuration otherwise than Apache, if it does.
    """

    found: list[Finding]
    seen: list[Seen]
    notes: list[str]
    reading: str = ""


def on_this_machine(asked: Asked = NOTHING) -> Looked:
    """Look at the machine's Apache.

    :raises Problem: there is no Apache
    """
    apache = Apache.find()
    if apache is None:
        raise Problem(
            "there's no Apache on this machine, neither Debian's nor Red Hat's: "
            "--text FILE reads a configuration anywhere"
        )
    if not os.path.isfile(apache.layout.main):
        raise Problem(
            f"{apache.layout.main} doesn't exist: Apache isn't installed here, or keeps its configuration elsewhere"
        )
    tested = apache.test()
    loader = apache.loader()
    loader.file(apache.layout.main)
    tree = apache.configuration() if tested.status == 0 else None
    case = Case(Model(tree or loader.loaded.tree), machine=apache)
    case.text, case.url, case.version = loader.loaded.tree, asked.url, asked.version
    notes = [f"read: {apache.layout.main} and the {len(loader.loaded.files) - 1} files that it includes"]
    if tested.status is None:
        notes.append(f"not seen: whether Apache takes its configuration: {tested.err}")
    elif tree is None and tested.status == 0:
        notes.append("Apache couldn't print its configuration, so its text was read instead")
    if os.geteuid() != 0:
        notes.append("not seen: without root, files and directories that are closed to you: use sudo")
    found = list(relayed(tested.status or 0, tested.err)) if tested.status is not None else []
    told = {id for one in found for id in (one.rule.id, *one.rule.covers)}
    found += [one for one in findings(case) if one.rule.id not in told]
    logs = files(case.model, os.path.join(apache.layout.logs, "error.log"))
    notes += [f"not seen: {path} can't be read" for path in logs if not os.access(path, os.R_OK)]
    if logs and tested.status == 0 and running():
        main = case.model.server.setting("errorlog")
        when = read_at(main.first if main is not None else logs[-1])
        found += changed_since([*loader.loaded.files, *folders(loader.loaded.files)], when)
    return Looked(found, seen(logs), notes, differs(tree, loader.loaded.tree) if tree else "")


def running() -> bool:
    """Tell whether Apache runs, as systemd or its processes say."""
    said = run(["systemctl", "show", "--property=ActiveState", "apache2", "httpd"])
    return "ActiveState=active" in said.out


def folders(paths: list[str]) -> list[str]:
    """Return the directories whose files are enabled by links, which change when one is added or removed."""
    return sorted({os.path.dirname(path) for path in paths if os.path.dirname(path).endswith("-enabled")})


def on_text(paths: list[str], logs: list[str], asked: Asked = NOTHING) -> Looked:
    """Look only at files, on any machine: of a configuration, and of logs.

    :raises Problem: a file can't be read
    """
    for path in logs:
        if not os.path.isfile(path) or not os.access(path, os.R_OK):
            raise Problem(f"{path} is no file that can be read")
    messages = seen(logs, whole=True)
    if not paths:
        return Looked([], messages, [f"read: {', '.join(logs)}, and nothing else of this machine"])
    loader = Loader(base=os.path.dirname(os.path.abspath(paths[0])), modules=ASSUMED)
    for path in paths:
        if not os.path.isfile(path):
            raise Problem(f"{path} is no file")
        loader.file(path)
        unread = [what for place, what in loader.loaded.left_out if place.file == path and "can't be read" in what]
        if unread:
            raise Problem(f"{path}: {unread[0]}")
    files_read = ", ".join([*loader.loaded.files, *logs])
    notes = [f"read: {files_read}, and nothing else of this machine; Apache wasn't asked"]
    return from_text(loader, notes, asked)._replace(seen=messages)


#: The modules that a pasted configuration is taken to have, for its ``<IfModule>`` sections.
ASSUMED = (
    "wsgi_module", "mod_wsgi.c", "alias_module", "mod_alias.c", "ssl_module", "mod_ssl.c", "rewrite_module",
    "mod_rewrite.c", "headers_module", "mod_headers.c", "proxy_module", "mod_proxy.c", "authz_core_module",
    "mod_authz_core.c", "dir_module", "mod_dir.c", "env_module", "mod_env.c", "setenvif_module", "mod_setenvif.c",
)  # fmt: skip


def from_text(loader: Loader, notes: list[str], asked: Asked = NOTHING) -> Looked:
    """Look at what a loader has read. What Debian closes is taken to be closed."""
    case = Case(Model(closed_as_debian(loader)))
    case.text, case.url, case.version = loader.loaded.tree, asked.url, asked.version
    unclosed = RULES["was-not-closed"]
    found = [
        Finding(unclosed, place, what, "the line that closes the section")
        for place, what in loader.loaded.unclosed
    ]  # fmt: skip
    notes += [f"{place}: {what}" for place, what in loader.loaded.left_out]
    return Looked(found + findings(case), [], notes)


DEBIAN = """<Directory />
AllowOverride None
Require all denied
</Directory>
<Directory /usr/share>
Require all granted
</Directory>
<Directory /var/www/>
Require all granted
</Directory>
"""


def closed_as_debian(loader: Loader) -> Directive:
    """Return the tree that was read, with the access rules of Debian's main file before it.

    A text that loads the module for access rules is a whole configuration, to which nothing is added.
    """
    if "authz_core_module" in loader.loaded_modules:
        return loader.loaded.tree
    before = Loader(modules=ASSUMED)
    before.text(DEBIAN, "Debian's apache2.conf")
    tree = before.loaded.tree
    for directive in loader.loaded.tree.children:
        directive.parent = tree
        tree.children.append(directive)
    return tree


def ignored(finding: Finding) -> bool:
    """Tell whether a comment above the directive says that it's meant, with a reason."""
    try:
        lines = text_of(finding.place.file).split("\n")
    except OSError:
        return False
    starts = finding.place.line - 1
    while starts > 0 and lines[starts - 1 : starts] and lines[starts - 1].endswith("\\"):
        starts -= 1
    for line in reversed(lines[:starts]):
        if not line.strip().startswith("#"):
            return False
        said = IGNORE.search(line)
        if said and said[1] == finding.rule.id:
            return True
    return False


def parser() -> argparse.ArgumentParser:
    """Return what the command takes."""
    made = argparse.ArgumentParser(
        prog="wsgi-doctor.py",
        description="Look for mistakes in an Apache with mod_wsgi. It reads, and changes nothing. "
        "Exit status: 0 nothing is wrong, 1 something is, 2 it couldn't look.",
    )
    made.add_argument(
        "--text", nargs="+", metavar="FILE", help="read these configuration files, and nothing of this machine"
    )
    made.add_argument(
        "--log",
        nargs="+",
        metavar="FILE",
        help="find the known messages in these files, and read nothing else",
    )
    made.add_argument("--for", dest="version", metavar="VERSION", help="tell what this version of mod_wsgi refuses")
    made.add_argument("--ask", metavar="URL", help="tell which site answers for this address; no request is sent")
    made.add_argument(
        "--hints", action="store_true", help="show hints too: what is right in one case, and not in another"
    )
    made.add_argument("--json", action="store_true", help="for programs")
    made.add_argument("--sarif", action="store_true", help="for services that show findings in pull requests")
    made.add_argument("--explain", metavar="ID", help="say what a finding means")
    made.add_argument("--list", action="store_true", help="list everything that it looks for")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the command, and return its exit status."""
    asked = parser().parse_args(arguments)
    try:
        if asked.explain:
            if asked.explain not in RULES:
                raise Problem(f"nothing is called {asked.explain}: --list has all names")
            print(explained(asked.explain))
            return 0
        if asked.list:
            print("\n".join(f"{one.id}  {one.level}: {one.title}" for one in sorted(RULES.values())))
            return 0
        version = re.sub(r"^(\d+\.\d+)\.\d+$", r"\1", asked.version or "")
        if version and version not in VERSIONS:
            raise Problem(f"--for {asked.version}: it has to be one of {', '.join(VERSIONS)}")
        besides = Asked(asked.ask, VERSIONS.get(version))
        here = not (asked.text or asked.log)
        looked = on_this_machine(besides) if here else on_text(asked.text or [], asked.log or [], besides)
    except Problem as problem:
        print(f"wsgi-doctor.py: {problem}", file=sys.stderr)
        return 2
    except RecursionError:
        print("wsgi-doctor.py: sections or includes are nested too deeply to be read", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    found = [one for one in looked.found if not ignored(one)]
    if asked.json:
        print(as_json(found, looked.seen, looked.notes, looked.reading))
    elif asked.sarif:
        print(sarif(found))
    else:
        print(text(found, looked.seen, looked.notes, asked.hints, sys.stdout.isatty()))
    return 1 if any(one.rule.level != HINT for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
