"""What a machine's files, accounts and processes are, as far as rules ask. Nothing here writes."""

from __future__ import annotations

import os
import re
import stat
from typing import Iterator, NamedTuple

ACL = "system.posix_acl_access"


class Account(NamedTuple):
    """A user with all groups, as processes of it have them."""

    name: str
    uid: int
    gids: tuple[int, ...]
    home: str


def account(user: str, group: str = "") -> Account | None:
    """Return the account of a user's processes; nothing if there is no such user or group."""
    import grp  # here, as Windows and a browser have none: a text is checked there, too
    import pwd

    try:
        entry = pwd.getpwuid(int(user[1:])) if user.startswith("#") else pwd.getpwnam(user)
        own = entry.pw_gid
        if group:
            own = int(group[1:]) if group.startswith("#") else grp.getgrnam(group).gr_gid
        groups = {own, *os.getgrouplist(entry.pw_name, own)}
        return Account(entry.pw_name, entry.pw_uid, tuple(groups), entry.pw_dir)
    except (KeyError, ValueError):
        return None


class Barrier(NamedTuple):
    """What keeps an account from a file: ``missing``, ``closed`` (a directory), ``unreadable``, or ``unseen``."""

    kind: str
    path: str

    def said(self, user: str) -> str:
        """Say what keeps a user out."""
        return f"{self.path} doesn't exist" if self.kind == "missing" else f"{self.path} is closed to {user}"


def steps(path: str) -> Iterator[str]:
    """Give a path's directories from the top, then the path."""
    at = ""
    for part in path.strip("/").split("/"):
        at += "/" + part
        yield at


def barrier(path: str, who: Account, kind: str = "file") -> Barrier | None:
    """Return the first thing that keeps an account from reading a file, or from entering a directory.

    Links are followed. Where an access control list decides, nothing is said.

    :param kind: ``file`` or ``directory``
    """
    real = os.path.realpath(path)
    for step in steps(real):
        try:
            found = os.stat(step)
        except FileNotFoundError:
            return Barrier("missing", step)
        except NotADirectoryError:
            return Barrier("missing", step)
        except OSError:
            return Barrier("unseen", step)
        last = step == real
        wanted = 4 if last and kind == "file" else 1
        if last and kind == "file" and stat.S_ISDIR(found.st_mode):
            wanted = 5
        if not allowed(found, who, wanted) and not listed(step):
            return Barrier("unreadable" if last and kind == "file" else "closed", step)
    return None


def allowed(found: os.stat_result, who: Account, wanted: int) -> bool:
    """Tell whether the mode lets an account do what it wants: 4 read, 2 write, 1 enter."""
    if who.uid == 0:
        return True
    if found.st_uid == who.uid:
        bits = found.st_mode >> 6
    elif found.st_gid in who.gids:
        bits = found.st_mode >> 3
    else:
        bits = found.st_mode
    return bits & wanted == wanted


def listed(path: str) -> bool:
    """Tell whether a file has an access control list, which says more than its mode."""
    try:
        return bool(os.getxattr(path, ACL))
    except (OSError, AttributeError):
        return False


def link_on(path: str) -> str | None:
    """Return the first part of a path that is a symbolic link."""
    return next((step for step in steps(path) if os.path.islink(step)), None)


def listening() -> set[int]:
    """Return the TCP ports on which something listens."""
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table) as lines:
                for line in lines:
                    fields = line.split()
                    if len(fields) > 3 and fields[3] == "0A":
                        ports.add(int(fields[1].rsplit(":", 1)[1], 16))
        except OSError:
            continue
    return ports


def process(pid_file: str) -> int | None:
    """Return the number of a running process that a file names."""
    try:
        with open(pid_file) as file:
            number = int(file.read().strip())
    except (OSError, ValueError):
        return None
    return number if os.path.isdir(f"/proc/{number}") else None


def pythons(module: str) -> set[str]:
    """Return the versions of Python, such as ``3.13``, that a module of Apache's names in its file."""
    try:
        with open(module, "rb") as file:
            said = file.read(8 << 20)
    except OSError:
        return set()
    return {found.decode() for found in re.findall(rb"libpython(3\.\d+)[a-z]*\.so", said)}


def sample(folder: str, most: int = 500) -> list[str]:
    """Return files and directories directly in a directory."""
    try:
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))[:most]]
    except OSError:
        return []
