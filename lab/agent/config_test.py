"""Config tests of Apache."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

from lab.agent import HOME, Failure
from lab.agent.processes import wait_while

AROUND = {
    "server": "{}",
    "vhost": "<VirtualHost *:80>\n{}\n</VirtualHost>",
    "directory": "<Directory /var/www>\n{}\n</Directory>",
}


class ConfigTest:
    """Config tests with the machine's own httpd, against Debian's configuration without its sites."""

    ROOT = Path("/etc/apache2")
    CHECK = HOME / "check"

    def __init__(self) -> None:
        self._environment: tuple[int, dict[str, str]] = (0, {})

    def environment(self) -> dict[str, str]:
        """Return the environment that Debian's ``apachectl`` gives httpd.

        :raises Failure: Apache is not installed
        """
        try:
            changed = (self.ROOT / "envvars").stat().st_mtime_ns
        except FileNotFoundError:
            raise Failure("Apache is not installed on this page's machine") from None
        if changed != self._environment[0]:
            command = ["/bin/sh", "-c", f". {self.ROOT}/envvars; env -0"]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            self._environment = changed, dict(line.split("=", 1) for line in said.split("\0") if line)
        return self._environment[1]

    def test(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run httpd's config test."""
        return subprocess.run(
            ["/usr/sbin/apache2", "-t", *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            env=self.environment(), check=False,
        )  # fmt: skip

    def loaded(self) -> dict[str, Any]:
        """Return whether httpd takes its configuration, what it says, and the files it read, links followed."""
        said = self.test("-D", "DUMP_INCLUDES")
        files = re.findall(r"^ *\([^)]*\) (.*)$", said.stdout, re.MULTILINE)
        message = said.stderr.strip()
        return {"ok": said.returncode == 0, "message": message, "files": [*map(os.path.realpath, files)]}

    def check(self, text: str, context: str, name: str, line: int) -> dict[str, Any]:
        """Config-test a fragment in a context.

        :param name: what httpd calls the file in its messages, with ``line`` as the fragment's first
        :return: whether httpd takes it, its ``message``, the ``line`` it names, if it names one, and whether
            what it names is a line ``elsewhere``
        """
        if context == "htaccess":
            return self._check_htaccess(text, line)
        fragment = self.CHECK / name
        fragment.parent.mkdir(parents=True, exist_ok=True)
        fragment.write_text("\n" * (line - 1) + text + "\n")
        around = AROUND[context].format(f'Include "{fragment}"')
        said = self.test("-f", self._configuration(around, "sites-enabled"))
        message = said.stderr.replace(f"{self.CHECK}/", "").strip()
        named = re.search(rf"line (\d+) of {re.escape(name)}", message)
        return {
            "ok": said.returncode == 0,
            "message": message,
            "line": int(named[1]) if named else None,
            "elsewhere": not named and re.search(r"line \d+ of ", message) is not None,
        }

    def _configuration(self, end: str, without: str) -> str:
        """Write Debian's main file without what a fragment must not meet, and with an end of its own."""
        self.environment()  # or there is no Apache
        main = (self.ROOT / "apache2.conf").read_text()
        kept = re.sub(rf"(?m)^\s*Include(Optional)?\s+({without}).*$", "", main)
        path = self.CHECK / "apache2.conf"
        path.write_text(f"{kept}\n{end}\n")
        return str(path)

    def _check_htaccess(self, text: str, line: int) -> dict[str, Any]:
        """Ask a private Apache for a file beside the fragment.

        Only a request makes httpd read an ``.htaccess``, and its message names no line: the line
        is the end of the shortest beginning that gives the same message.
        """
        site, log = self.CHECK / "htaccess", self.CHECK / "htaccess.log"
        site.mkdir(parents=True, exist_ok=True)
        (site / "index.html").touch()
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = free.getsockname()
        end = (
            f"Listen {address[0]}:{address[1]}\nPidFile {self.CHECK}/htaccess.pid\nErrorLog {log}\n"
            f"DocumentRoot {site}\n<Directory {site}>\nAllowOverride All\nRequire all granted\n</Directory>\n"
        )
        configuration = self._configuration(end, "sites-enabled|ports.conf")
        server = subprocess.Popen(
            ["/usr/sbin/apache2", "-X", "-f", configuration],
            env=self.environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
        )  # fmt: skip

        def listens() -> bool:
            if server.poll() is not None:
                assert server.stderr is not None
                raise Failure(f"Apache does not start without its sites: {server.stderr.read().strip()}")
            with contextlib.suppress(OSError), socket.create_connection(address, timeout=5):
                return True
            return False

        def ask(lines: list[str]) -> str:
            """Return what httpd says of these lines; nothing if it takes them."""
            (site / ".htaccess").write_text("\n".join(lines) + "\n")
            log.write_text("")
            with contextlib.suppress(ConnectionError), socket.create_connection(address, timeout=5) as connection:
                connection.sendall(b"GET /index.html HTTP/1.0\r\n\r\n")
                while connection.recv(1 << 16):
                    pass
            said = re.search(r"/\.htaccess: (.*)", log.read_text())
            return said[1] if said else ""

        try:
            if not wait_while(lambda: not listens(), 5):
                raise Failure("the private Apache does not listen")
            lines = text.split("\n")
            message = ask(lines)
            ends = (n for n in range(len(lines)) if message and ask(lines[: n + 1]) == message)
            first = next(ends, None)
            named = None if first is None else line + first
            return {"ok": not message, "message": message, "line": named, "elsewhere": False}
        finally:
            server.kill()
            server.communicate()
