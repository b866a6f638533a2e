"""What a failing page leaves behind: its messages and its machine's logs, as files to read.

A machine says what it likes, so nothing here is looked into: it is cut to size and written.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from lab.engine import EngineError
from lab.machine import Machine

LARGEST = 1 << 20  # bytes of one file
SECONDS = 20  # that a machine in trouble may take for each
#: File → what is asked of the machine, as its root.
ASKED = {
    "apache.log": 'for log in /var/log/apache2/*.log; do echo "== $log"; tail -c 200000 "$log"; done',
    "journal.log": "journalctl --no-pager --lines=2000",
    "sites.txt": "apachectl -t -D DUMP_VHOSTS -D DUMP_INCLUDES",
    "processes.txt": "ps -eo pid,ppid,user,stat,etime,args --forest",
}


def leave(machine: Machine, folder: Path, messages: Iterable[str]) -> None:
    """Write what is known of a page's failure; what the machine does not answer, or no disk takes, is left out."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        folder.joinpath("messages.txt").write_text("\n\n".join(messages) + "\n")
    for name, command in ASKED.items():
        with contextlib.suppress(EngineError, OSError):
            bounded = f"timeout {SECONDS} sh -c '{command}' 2>&1 | tail -c {LARGEST}"
            said = machine.engine("exec", machine.name, "sh", "-c", bounded, timeout=SECONDS + 10, quiet=True)
            folder.joinpath(name).write_text(said[-LARGEST:] + "\n")


def forget(folder: Path) -> None:
    """Remove what an earlier failure left there."""
    shutil.rmtree(folder, ignore_errors=True)
