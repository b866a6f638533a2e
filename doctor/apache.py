"""Asking Apache itself: its version, its modules, whether it takes its configuration, and what it has of it."""

from __future__ import annotations

import os
import re
import subprocess
from typing import NamedTuple, Sequence

from doctor.load import Loader, dumped
from doctor.tree import Directive

SECONDS = 10  # that a command may take


class Layout(NamedTuple):
    """Where a distribution has Apache."""

    binary: str
    base: str
    main: str
    envvars: str
    info: str  # the module that prints the configuration
    logs: str


#: Debian's, with Ubuntu's; and Red Hat's, with Fedora's, which was not tried.
LAYOUTS = (
    Layout(
        "/usr/sbin/apache2", "/etc/apache2", "/etc/apache2/apache2.conf", "/etc/apache2/envvars",
        "/usr/lib/apache2/modules/mod_info.so", "/var/log/apache2",
    ),
    Layout(
        "/usr/sbin/httpd", "/etc/httpd", "/etc/httpd/conf/httpd.conf", "/etc/sysconfig/httpd",
        "/etc/httpd/modules/mod_info.so", "/var/log/httpd",
    ),
)  # fmt: skip


class Said(NamedTuple):
    """What a command has said; ``status`` is ``None`` if it did not end, or could not be run."""

    status: int | None
    out: str
    err: str


def run(command: Sequence[str]) -> Said:
    """Run a command that only reads."""
    try:
        done = subprocess.run(
            list(command), stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
            env=dict(os.environ, LC_ALL="C.UTF-8"), check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Said(None, "", f"{' '.join(command[-2:])} didn't end within {SECONDS} s")
    except OSError as error:
        return Said(None, "", f"{command[0]}: {error.strerror}")
    return Said(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


class Problem(Exception):
    """Something that the reader can put right; the message says what."""


class Apache:
    """The Apache of this machine.

    :raises Problem: it doesn't answer
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        said = self.ask("-v")
        if said.status is None:
            raise Problem(said.err)
        found = re.search(r"Apache/([\d.]+)", said.out)
        self.version: tuple[int, ...] = tuple(map(int, found[1].split("."))) if found else (2, 4, 65)

    @staticmethod
    def find() -> Apache | None:
        """Return the machine's Apache, if it has one."""
        for layout in LAYOUTS:
            if os.access(layout.binary, os.X_OK):
                return Apache(layout)
        return None

    def ask(self, *arguments: str) -> Said:
        """Run Apache with its own environment; only with arguments that make it read and end."""
        script = 'if [ -r "$0" ]; then set -a; . "$0" >&2; fi; exec "$@"'
        return run(["/bin/sh", "-c", script, self.layout.envvars, self.layout.binary, *arguments])

    def test(self) -> Said:
        """Return what the configuration test says."""
        return self.ask("-t")

    def modules(self) -> list[str]:
        """Return the names of the modules that are loaded, static ones included."""
        return re.findall(r"^ (\w+) \((?:static|shared)\)$", self.ask("-t", "-D", "DUMP_MODULES").out, re.MULTILINE)

    def configuration(self) -> Directive | None:
        """Return the configuration as Apache prints it; nothing if it doesn't load, or can't be printed."""
        load = ["-C", f"LoadModule info_module {self.layout.info}"]
        said = self.ask(*load, "-t", "-D", "DUMP_CONFIG")
        return dumped(said.out) if said.status == 0 and "# In file:" in said.out else None

    def environment(self) -> dict[str, str]:
        """Return the variables that Apache's own file of them sets, for what it can't print itself."""
        script = 'if [ -r "$0" ]; then set -a; . "$0" >&2; fi; exec env -0'
        said = run(["/bin/sh", "-c", script, self.layout.envvars])
        return dict(line.split("=", 1) for line in said.out.split("\0") if "=" in line)

    def loader(self) -> Loader:
        """Return what reads the configuration's text, for one that doesn't load, and for what Apache doesn't print."""
        static = re.findall(r"^  ((?:mod_)?\w+)\.c$", self.ask("-l").out, re.MULTILINE)
        loader = Loader(self.layout.base, self.environment(), version=self.version)
        loader.modules.update(name + ".c" for name in static)
        loader.modules.update(re.sub(r"^mod_", "", name) + "_module" for name in static)
        return loader
