"""The files that a page writes."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import tempfile
from difflib import unified_diff
from pathlib import Path
from stat import S_ISLNK

from lab.agent import Failure
from lab.agent.processes import as_reader

#: Lines of a difference that are told.
MOST = 20


class Files:
    """The files that the page has written, and which of them something has read since."""

    def __init__(self) -> None:
        self.unread: set[str] = set()

    def write(self, path: str, text: str) -> None:
        """Write a file as an editor would: the reader's where the reader may, otherwise root's.

        :raises Failure: the directory does not exist, or is none
        """
        data = text.encode()
        none = subprocess.DEVNULL
        done = subprocess.run(["tee", path], input=data, stdout=none, stderr=none, cwd="/", **as_reader())
        if done.returncode:
            try:
                with open(_open_as_root(path), "wb") as file:
                    file.write(data)
            except OSError as error:
                raise Failure(f"{path}: {error.strerror}") from None
        _set_back(path)
        self.unread.add(os.path.realpath(path))

    def expect(self, path: str, text: str) -> None:
        """See that a file says what it is said to say before it is changed. Its access time stays.

        :raises Failure: it says something else; the message has the difference
        """
        try:
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOATIME), encoding="utf-8", errors="replace") as file:
                there = file.read()
        except OSError as error:
            raise Failure(f"{path}: {error.strerror}") from None
        if there != text:
            told = list(unified_diff(text.splitlines(), there.splitlines(), n=0, lineterm=""))[2:]
            raise Failure(
                "\n".join(
                    [f"{path}: the page's difference starts from another file (-) than is there (+)", *told[:MOST]]
                )
            )

    def check(self) -> None:
        """See that the machine's disk tells of reads at all.

        :raises Failure: it does not
        """
        with tempfile.NamedTemporaryFile(dir="/var/tmp") as probe:
            _set_back(probe.name)
            Path(probe.name).read_bytes()
            if not Path(probe.name).stat().st_atime_ns:
                raise Failure("this engine's storage does not keep access times, which say what was read: use overlay")

    def read_since(self) -> list[str]:
        """Return the written files that were read since the last call of this."""
        read = []
        for path in sorted(self.unread):
            with contextlib.suppress(OSError):
                if Path(path).stat().st_atime_ns:
                    read.append(path)
        self.unread.difference_update(read)
        return read

    def forget_reads(self) -> None:
        """Take back what was read since :meth:`read_since` was last called: it counts for nobody."""
        for path in self.unread:
            with contextlib.suppress(OSError):
                if Path(path).stat().st_atime_ns:  # any other is left as it is: this changes its ctime
                    _set_back(path)


def _set_back(path: str) -> None:
    """Set a file's access time so far back that the next read sets it anew, also under ``relatime``."""
    os.utime(path, ns=(0, Path(path).stat().st_mtime_ns))


def _open_as_root(path: str) -> int:
    """Open a file to write it as root, who follows no link but root's own: any other leads where its owner likes.

    Step by step, so that nobody can put a link where there was none before.

    :raises OSError: it cannot be written
    """
    with contextlib.ExitStack() as opened:

        def enter(name: str, **options: int) -> int:
            opened.callback(os.close, fd := os.open(name, os.O_PATH | os.O_NOFOLLOW, **options))
            return fd

        folder, rest = enter("/"), path.split("/")[::-1]
        for _ in range(100):  # links may go round
            name = rest.pop() or "."
            if not rest:
                try:
                    return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666, dir_fd=folder)
                except OSError as error:
                    if error.errno != errno.ELOOP:  # it is no link
                        raise
            there = enter(name, dir_fd=folder)
            if not S_ISLNK(os.fstat(there).st_mode):
                folder = there
                continue
            if os.fstat(there).st_uid:
                raise OSError(errno.ELOOP, "root does not follow another user's link")
            target = os.readlink("", dir_fd=there)
            folder = enter("/") if target.startswith("/") else folder
            rest += target.split("/")[::-1]
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
