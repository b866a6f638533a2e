"""What must be as it was at a page's end, if other pages start from it: the instruments.

A page may do to its machine what it likes, and where others start from its end, they measure with its programs. So the
host looks at the image that was kept, before anything starts from it: no program of the machine is asked. Every path
must be one of these:

- as the lab's own image or a Debian package in it has it: kind, mode, owner and content
- a listing under ``/etc`` that the page, or the one that it starts from, shows with this path and this text
- what installing a package makes of it: links to its services and alternatives, lines at the end of the accounts
- in a place of what pages are about, ``CONTENT``: their sites and applications, logs, records of packages

Wherever it lies, nothing else may have rights of its own, as a program with setuid has. What cannot be compared is
removed before: compiled modules, caches of libraries and of packages. Python and Debian make them again.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from lab import original, tree
from lab.engine import Engine, EngineError
from lab.machine import Machine
from lab.original import ACCOUNTS, MERGED, Original
from lab.tree import FILE, FOLDER, LINK, Entry, Tree
from snippets.manifest import Block

#: What pages are about. /etc/ssl: no machine has a network, and no page a certificate that another one trusts.
CONTENT = re.compile(
    r"/(srv|opt|var|mnt|media|tmp|run|dev|proc|sys|etc/apache2|etc/ssl|etc/apparmor\.d/local|(home/reader|root)/\.cache)(/|$)"
)
#: And in these places: scripts that dpkg runs, what apt offers, what cron starts.
RUN = re.compile(
    r"/var/(lib/dpkg/info/.+(?<!\.list)$|lib/apt/lists/|spool/(cron|at)/|cache/(apt/[^/]+\.bin|ldconfig/))"
)
#: Files that say nothing to any program, or that are older than others.
IDLE = re.compile(
    r"/etc/((passwd|group|shadow|gshadow|subuid|subgid)-|\.updated|\.pwd\.lock|machine-id|ca-certificates\.conf)"
    r"|(/home/reader|/root)/\.(bash_history|python_history|lesshst|sudo_as_admin_successful)"
)
#: May be gone: it is made again.
MADE_AGAIN = re.compile(r".*\.pyc|/etc/ld\.so\.cache|/var/cache/.*")
NO_LOGIN = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false")
#: Where services lie that start with the machine, or with one another.
STARTS = re.compile(r"/etc/systemd/system/[\w.@-]+\.(wants|requires)")
PROGRAMS = ("/usr/bin", "/usr/sbin")
ALTERNATIVES = re.compile(r"/usr/(s?bin|lib|share/man/.+)")  # where a package may put one of several programs of a name
DIGITS = 64  # of a digest; a capability comes after it
#: Removes that: compiled modules that are newer than the lab.
TIDY = (
    "find /usr /etc -name '*.pyc' -newer /usr/local/share/lab/apt/Packages -delete;"
    " rm -f /etc/ld.so.cache /var/cache/ldconfig/aux-cache /var/cache/apt/*.bin"
)
#: The rule's identity: what an older one has let through is not started from.
DIGEST = hashlib.sha256(
    b"".join(Path(it).read_bytes() for it in (__file__, tree.__file__, original.__file__))
).hexdigest()


def keep(machine: Machine, name: str, plain: Original, blocks: Iterable[Block], owner: str) -> list[str]:
    """Keep a machine's disk as an image, if nothing speaks against it; return what does.

    :param blocks: what the page shows, and those before it on this machine
    :param owner: the checkout whose it is
    :raises EngineError: the engine fails
    """
    engine = machine.engine
    engine("exec", machine.name, "/bin/sh", "-c", TIDY, quiet=True)
    candidate = f"{name}.{secrets.token_hex(4)}"
    machine.commit(candidate, owner)
    try:
        found = _faults(engine, candidate, plain, blocks)
        if not found:
            engine("tag", candidate, name)
        return found
    finally:
        engine("rmi", candidate, quiet=True)


def _faults(engine: Engine, image: str, plain: Original, blocks: Iterable[Block]) -> list[str]:
    texts: dict[str, str] = {}

    def look(path: str, data: bytes) -> None:
        if path in ACCOUNTS:
            texts[path] = data.decode(errors="replace")

    try:
        return list(End(plain, tree.read(engine, image, look), texts, shown(blocks)).faults())
    except EngineError as error:
        return [str(error)]


def told(found: Sequence[str]) -> str:
    """Say what a page has changed: the first on a line of its own, and some of the others."""
    more = [f"and {len(found) - 5} more"] if len(found) > 5 else []
    return "\n  ".join([f"{found[0]}; other pages start from this page's end", *found[1:5], *more])


def shown(blocks: Iterable[Block]) -> dict[str, set[str]]:
    """Return the digests of listings, by where a reader writes them."""
    listings: dict[str, set[str]] = {}
    for block in blocks:
        if block.role == "file" and block.path:
            text = block.text.rstrip("\n") + "\n"
            listings.setdefault(block.path, set()).add(hashlib.sha256(text.encode()).hexdigest())
    return listings


@dataclass(frozen=True)
class End:
    """What a page has left, beside what it was made of.

    ``texts`` are those of the accounts, ``listings`` the digests of what pages show, by path.
    """

    plain: Original
    found: Tree
    texts: Mapping[str, str]
    listings: Mapping[str, Set[str]]

    def faults(self) -> Iterator[str]:
        """Yield what is not as it was, each with its path."""
        for path, entry in self.found.items():
            if not self._is_as_it_was(path) and (why := self._fault(path, entry)):
                yield f"{path!a}: {why}"
        for path in sorted(self.plain.files.keys() - self.found.keys()):
            if not (_is_content(path) or MADE_AGAIN.fullmatch(path)):
                yield f"{path!a}: it is gone"

    def _fault(self, path: str, entry: Entry) -> str:
        """Say what is wrong with a path, or nothing."""
        if entry.kind not in (FILE, LINK, FOLDER) and not path.startswith("/dev/"):
            return "it is not a file"
        if entry.kind == FILE and (entry.mode & 0o6000 or len(entry.content) > DIGITS):
            return "it has special rights (setuid, setgid or capabilities)"
        if _is_content(path) or IDLE.fullmatch(path):
            return ""
        if path in self.plain.accounts:
            return self._account(path, entry)
        known = path in self.plain.files or path in self.plain.packages
        if entry.kind == FOLDER and not known:
            return "" if (entry.uid, entry.mode & 0o022) == (0, 0) else "users other than root may write there"
        if self._is_shown(path) or self._is_made_by_a_package(path, entry):
            return ""
        if known:
            return "it is not as the lab's image or a package has it"
        return "neither the lab's image nor a package has it, and no listing under /etc"

    def _is_as_it_was(self, path: str) -> bool:
        entry = self.found[path]
        return self.plain.files.get(path) == entry or entry in self.plain.packages.get(path, ())

    def _is_shown(self, path: str) -> bool:
        entry = self.found[path]
        return entry.kind == FILE and path.startswith("/etc/") and entry.content in self.listings.get(path, ())

    def _account(self, path: str, entry: Entry) -> str:
        """Say what is wrong with a file of accounts: lines may come at its end, of users who cannot log in."""
        before, now = self.plain.accounts[path], self.texts.get(path, "")
        if not now.startswith(before) or entry[:4] != self.plain.files[path][:4]:
            return "it has lost or changed a line"
        for line in now.removeprefix(before).splitlines() if path == "/etc/passwd" else ():
            fields = line.split(":")
            if fields[2:3] == ["0"] or fields[-1] not in NO_LOGIN:
                return "it has a new user who may log in"
        return ""

    def _is_made_by_a_package(self, path: str, entry: Entry) -> bool:
        """Tell whether a link is what the installation of a package makes.

        An alternative, whose program's package makes some, or what starts a service of that name with the machine.
        """
        folder, name = posixpath.split(path)
        target = MERGED.sub(r"/usr/\1/", posixpath.normpath(posixpath.join(folder, entry.content)))
        if entry.kind != LINK or path in self.plain.files or path in self.plain.packages or target not in self.found:
            return False
        if target == f"/etc/alternatives/{name}":
            shadows = folder in PROGRAMS and any(
                f"{it}/{name}" in paths for it in PROGRAMS for paths in (self.plain.files, self.plain.packages)
            )
            return self.found[target].kind == LINK and ALTERNATIVES.fullmatch(folder) is not None and not shadows
        if posixpath.dirname(target) == "/etc/alternatives" and folder not in PROGRAMS:  # of another name
            end = posixpath.normpath(posixpath.join("/etc/alternatives", self.found[target].content))
            beside = posixpath.dirname(end) == folder and end in self.plain.alternatives
            return self.found[target].kind == LINK and beside
        if not self._is_as_it_was(target) and not self._is_shown(target):
            return False
        if folder == "/etc/alternatives":
            return target in self.plain.alternatives
        if re.fullmatch(r"/etc/rc[0-6S]\.d", folder):
            return target == f"/etc/init.d/{re.sub(r'^[SK][0-9][0-9]', '', name)}"
        return STARTS.fullmatch(folder) is not None and posixpath.basename(target) == name


def _is_content(path: str) -> bool:
    return CONTENT.match(path) is not None and not RUN.match(path)
