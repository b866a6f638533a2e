"""Commands that take minutes: what they say is passed on, and their silence is told, and ended when it lasts."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence

from lab.errors import UserError

NOTE = 30  # seconds of silence after which it is told
LIMIT = 1800  # seconds of silence after which the command is ended


class FailedError(UserError):
    """The command failed, or said nothing for too long; the message has its last lines."""


def run(
    command: Sequence[str],
    shows: str = ".",
    *,
    prefix: str = "",
    limit: int = LIMIT,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a command, passing on the lines that match a pattern at their beginning; one that repeats is told once.

    :param limit: seconds of silence after which it is ended
    :param environment: variables that it has besides ours
    :raises FailedError: it cannot be run, fails, or says nothing for too long
    """
    name = " ".join(command[:2])
    last, told = [f"{name} failed:"], ""
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})}
        )
    except OSError as error:
        raise FailedError(f"{name}: {error.strerror}") from None
    with process:
        try:
            for line in _lines(process, name, prefix, limit):
                last[1:] = [*last[1:], line][-20:]
                if line != told and re.match(shows, line):
                    told = line
                    _say(f"{prefix}{line[:100]}")
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise FailedError("\n".join(last))


def _lines(process: subprocess.Popen[bytes], name: str, prefix: str, limit: int) -> Iterator[str]:
    """Give each line that comes.

    :raises FailedError: nothing has come for too long
    """
    assert process.stdout is not None
    unread, silent = b"", 0
    while True:
        if not select.select([process.stdout], [], [], NOTE)[0]:
            silent += NOTE
            if silent >= limit:
                raise FailedError(f"{name} was stopped: it printed nothing for {silent // 60} min. Is a mirror slow?")
            _say(f"{prefix}nothing new for {silent} s")
            continue
        silent = 0
        data = os.read(process.stdout.fileno(), 1 << 16)
        *lines, unread = re.split(rb"[\r\n]+", unread + data) if data else [unread, b""]
        yield from (line.decode(errors="replace") for line in lines if line)
        if not data:
            return


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
