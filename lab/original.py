"""What a lab's image has: its versions, and every file that is in it or in one of the packages that pages install.

The image is trusted: it was made from this checkout's own list and Debian's archive, and no page has run in it. It is
read once, on the host, and what was found is kept under ``build/`` by the image's identity.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import tree
from lab.engine import Engine, EngineError
from lab.owner import scratch
from lab.tree import Entry, Tree

PACKAGES, ARCHIVE = "/usr/local/share/lab/apt/", "/usr/local/share/lab/archive"
#: Accounts: lines come to these when packages are installed.
ACCOUNTS = tuple(f"/etc/{name}" for name in ("passwd", "group", "shadow", "gshadow", "subuid", "subgid"))
#: What versions are of.
VERSIONS = {"debian", "apache", "mod_wsgi", "python", "archive"}
MERGED = re.compile(r"^/(s?bin|lib|lib64)/")  # where a package may still have what lies in /usr


@dataclass(frozen=True)
class Original:
    """An image's ``files``, those of the ``packages`` beside them, and what else is known of it.

    ``alternatives`` are the files of packages whose script makes them one of several programs of a name;
    ``accounts`` the texts of files that only grow.
    """

    versions: Mapping[str, str]
    files: Tree
    packages: Mapping[str, frozenset[Entry]] = field(default_factory=dict)
    alternatives: frozenset[str] = frozenset()
    accounts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, engine: Engine, image: str) -> Original:
        """Return what an image has; it is read if that has not been done yet.

        :raises EngineError: the engine fails, or the image has no versions that could be told
        """
        kept = _kept(engine, image, "files")
        try:
            return cls._from(json.loads(kept.read_text()))
        except (OSError, ValueError, KeyError, TypeError):  # not there, or of an earlier form
            print(f"lab: reading what is in {image}, once", file=sys.stderr, flush=True)
            made = cls.read(engine, image)
            _write(kept, made._rows())
            return made

    @classmethod
    def read(cls, engine: Engine, image: str) -> Original:
        """Read an image and the packages in it.

        :raises EngineError: the engine fails, or the image has no versions that could be told
        """
        texts: dict[str, str] = {}
        packages: dict[str, set[Entry]] = {}
        alternatives: set[str] = set()

        def look(path: str, data: bytes) -> None:
            if path in (*ACCOUNTS, "/etc/debian_version", f"{PACKAGES}Packages", "/var/lib/dpkg/status", ARCHIVE):
                texts[path] = data.decode(errors="replace")
            elif path.startswith(PACKAGES) and path.endswith(".deb"):
                brought, several = package(data)
                for at, entry in brought.items():
                    packages.setdefault(at, set()).add(entry)
                alternatives.update(brought if several else ())

        files = tree.read(engine, image, look)
        try:
            versions = {
                "debian": re.sub(r"\..*", "", texts["/etc/debian_version"].strip()),
                "apache": _version("apache2", texts[f"{PACKAGES}Packages"]),
                "mod_wsgi": _version("libapache2-mod-wsgi-py3", texts[f"{PACKAGES}Packages"]),
                "python": _version(r"python3\.\d+-minimal", texts["/var/lib/dpkg/status"]),
                "archive": texts[ARCHIVE].strip(),
            }
        except (KeyError, ValueError) as error:
            raise EngineError(f"{image}: this is not a lab's image: {error}") from error
        return cls(
            versions,
            files,
            {path: frozenset(found) for path, found in packages.items()},
            frozenset(alternatives),
            {path: texts[path] for path in ACCOUNTS if path in texts},
        )

    def _rows(self) -> dict[str, Any]:
        return {
            "versions": dict(self.versions),
            "files": self.files,
            "packages": {path: sorted(found) for path, found in self.packages.items()},
            "alternatives": sorted(self.alternatives),
            "accounts": dict(self.accounts),
        }

    @classmethod
    def _from(cls, read: dict[str, Any]) -> Original:
        return cls(
            read["versions"],
            {path: Entry(*entry) for path, entry in read["files"].items()},
            {path: frozenset(Entry(*entry) for entry in found) for path, found in read["packages"].items()},
            frozenset(read["alternatives"]),
            read["accounts"],
        )


def versions(engine: Engine, image: str) -> dict[str, str]:
    """Return the versions of what readers install, by name, and the day of the ``archive``.

    :raises EngineError: the engine fails, or the image has no versions that could be told
    """
    kept = _kept(engine, image, "versions")
    try:
        found = {name: str(version) for name, version in json.loads(kept.read_text()).items()}
        if found.keys() != VERSIONS:
            raise ValueError("of an earlier form")
        return found
    except (OSError, ValueError, AttributeError):
        found = dict(Original.of(engine, image).versions)
        _write(kept, found)
        return found


def _kept(engine: Engine, image: str, what: str) -> Path:
    """Name the file that keeps what was read of an image, by the image's identity."""
    identity = engine("image", "inspect", "--format={{.Id}}", image).removeprefix("sha256:")
    return scratch() / f"{what}-{re.sub('[^0-9a-f]', '', identity)[:32]}.json"


def _write(kept: Path, found: Mapping[str, Any]) -> None:
    with tempfile.NamedTemporaryFile("w", dir=kept.parent, suffix=".tmp", delete=False) as fresh:
        json.dump(found, fresh)
    Path(fresh.name).replace(kept)


def _version(package: str, listed: str) -> str:
    """Return the upstream version of a package in a list of Debian's."""
    found = re.search(rf"^Package: {package}\n(?:.+\n)*?Version: (?:\d+:)?([\d.]+)", listed, re.MULTILINE)
    if not found:
        raise ValueError(f"no version of {package}")
    return found[1].rstrip(".")


# -- Packages ------------------------------------------------------------------------------------


def package(data: bytes) -> tuple[Tree, bool]:
    """Return what a Debian package brings, files and scripts, and whether a script makes alternatives.

    :raises EngineError: it cannot be read
    """
    texts: dict[str, bytes] = {}
    with _member(data, "data.tar") as archive:
        brought = {MERGED.sub(r"/usr/\1/", path): entry for path, entry in tree.entries(archive).items()}
    with _member(data, "control.tar") as archive:
        scripts = tree.entries(archive, texts.__setitem__)
    name, architecture = (_field(texts["/control"], it) for it in ("Package", "Architecture"))
    for path, entry in scripts.items():
        if path not in ("/", "/control"):
            brought |= {f"/var/lib/dpkg/info/{it}.{path[1:]}": entry for it in (name, f"{name}:{architecture}")}
    return brought, b"update-alternatives" in texts.get("/postinst", b"")


def _field(control: bytes, name: str) -> str:
    found = re.search(rf"^{name}: (\S+)$", control.decode(errors="replace"), re.MULTILINE)
    return found[1] if found else ""


def _member(data: bytes, wanted: str) -> tarfile.TarFile:
    """Open one of the archives in a package, which is an ar(1) archive: deb(5).

    :raises EngineError: there is none, or Python cannot unpack it
    """
    at = 8
    while at < len(data):
        name, size = data[at : at + 16].decode(errors="replace"), int(data[at + 48 : at + 58])
        if name.startswith(wanted):
            try:
                return tarfile.open(fileobj=io.BytesIO(data[at + 60 : at + 60 + size]), mode="r:*")
            except tarfile.TarError as error:
                raise EngineError(f"a package of the lab has {name.strip()}, which cannot be read ({error})") from error
        at += 60 + size + size % 2
    raise EngineError(f"a package of the lab has no {wanted}")
