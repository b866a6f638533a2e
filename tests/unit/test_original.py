"""What is read of a lab's image on the host: its versions, its files and those of the packages in it."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from lab import original, tree
from lab.engine import Engine, EngineError
from lab.original import PACKAGES, Original
from lab.tree import FILE, LINK, Entry
from runner.versions import versions

PODMAN = Engine("podman", "v2")
OFFERED = """\
Package: apache2
Essential: no
Version: 2.4.71-1~deb13u1

Package: libapache2-mod-wsgi-py3
Version: 1:5.0.2-1
"""
IMAGE = {
    "etc/debian_version": "13.2\n",
    "usr/local/share/lab/apt/Packages": OFFERED,
    "var/lib/dpkg/status": "Package: python3.13-minimal\nVersion: 3.13.5-2+b1\n",
    "usr/local/share/lab/archive": "2026-12-01\n",
    "etc/passwd": "root:x:0:0::/root:/bin/bash\n",
}


def tar(*members: tarfile.TarInfo | tuple[str, str | bytes], how: str = "w") -> bytes:
    """Return an archive of files, or of what else there is."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=how) as archive:  # type: ignore[call-overload]
        for it in members:
            if isinstance(it, tarfile.TarInfo):
                archive.addfile(it)
                continue
            name, content = it
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return made.getvalue()


def special(name: str, kind: bytes, target: str = "", **other: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    for key, value in other.items():
        setattr(member, key, value)
    return member


def package(name: str, postinst: str, *files: tarfile.TarInfo | tuple[str, str | bytes]) -> bytes:
    """Return a Debian package."""
    control = f"Package: {name}\nArchitecture: amd64\n"
    members = {
        "debian-binary": b"2.0\n",
        "control.tar.xz": tar(("./control", control), ("./postinst", postinst), how="w:xz"),
        "data.tar.xz": tar(*files, how="w:xz"),
    }
    made = b"!<arch>\n"
    for member, data in members.items():
        made += f"{member:16}{0:<12}{0:<6}{0:<6}{644:<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
    return made


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[bytes]]:
    """Give a list whose only element is what the engine exports."""
    images = [tar(*IMAGE.items())]

    @contextmanager
    def export(*_: object) -> Iterator[IO[bytes]]:
        yield io.BytesIO(images[0])

    monkeypatch.setattr(tree, "_exported", export)
    monkeypatch.setattr(original, "scratch", lambda: tmp_path)
    monkeypatch.setattr(Engine, "__call__", lambda *_, **__: "sha256:0123abcd")
    yield images


def test_versions_are_the_images_own_and_read_once(exported: list[bytes]) -> None:
    found = versions(PODMAN, "localhost/lab:x")
    assert found.pop("archive") == "2026-12-01"
    assert found == {"debian": "13", "apache": "2.4.71", "mod_wsgi": "5.0.2", "python": "3.13.5"}
    exported[0] = b"nothing"
    assert versions(PODMAN, "localhost/lab:x").items() > found.items()
    assert Original.of(PODMAN, "localhost/lab:x").versions.items() > found.items()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("etc/debian_version", "13 x\n.. include:: ../../secret.txt\n"),
        ("etc/debian_version", "<script>"),
        ("usr/local/share/lab/apt/Packages", "Package: apache2\nVersion: `x`\n"),
        ("var/lib/dpkg/status", ""),
    ],
)
def test_an_image_that_says_no_versions_is_none(exported: list[bytes], file: str, text: str) -> None:
    exported[0] = tar(*(IMAGE | {file: text}).items())
    with pytest.raises(EngineError, match="this is not a lab's image"):
        versions(PODMAN, "localhost/lab:x")


def test_packages_tell_what_they_bring(exported: list[bytes], tmp_path: Path) -> None:
    several = package(
        "xz",
        "update-alternatives --install /usr/bin/lzma lzma /usr/bin/xz 20",
        ("./bin/xz", "program"),
        special("./usr/bin/unxz", tarfile.SYMTYPE, "xz"),
    )
    one = package("one", "true", ("./usr/bin/one", "1"))
    exported[0] = tar(*IMAGE.items(), (f"{PACKAGES[1:]}xz_1.deb", several), (f"{PACKAGES[1:]}one_1.deb", one))
    for found in (Original.of(PODMAN, "x"), Original.of(PODMAN, "x")):  # read, and kept
        assert {"/usr/bin/xz", "/usr/bin/unxz", "/usr/bin/one"} <= found.packages.keys()
        assert found.packages["/usr/bin/unxz"] == {Entry(LINK, 0o644, 0, 0, "xz")}
        assert {"/var/lib/dpkg/info/xz.postinst", "/var/lib/dpkg/info/xz:amd64.postinst"} <= found.packages.keys()
        assert "/usr/bin/xz" in found.alternatives
        assert "/usr/bin/one" not in found.alternatives
        assert found.accounts == {"/etc/passwd": IMAGE["etc/passwd"]}
        assert found.files["/etc/passwd"].kind == FILE
    assert [path.name for path in tmp_path.iterdir()] == ["files-0123abcd.json"]


def test_what_is_no_package_is_told(exported: list[bytes]) -> None:
    exported[0] = tar(*IMAGE.items(), (f"{PACKAGES[1:]}x.deb", "!<arch>\n"))
    with pytest.raises(EngineError, match=r"a package of the lab has no data\.tar"):
        Original.of(PODMAN, "x")


def test_a_hard_link_is_the_file_that_it_names(exported: list[bytes]) -> None:
    exported[0] = tar(("a", "1"), special("b", tarfile.LNKTYPE, "a"), special("c", tarfile.LNKTYPE, "none"))
    found = tree.read(PODMAN, "x")
    assert found["/b"] == found["/a"]
    assert found["/c"].kind not in (FILE, LINK)


def test_an_archive_without_end_is_refused(exported: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST", 3)
    exported[0] = tar(*((str(n), "") for n in range(4)))
    with pytest.raises(EngineError, match="more files than any page makes"):
        tree.read(PODMAN, "x")
    monkeypatch.setattr(tree, "LARGEST", 3)
    exported[0] = tar(("a", "1234"))
    with pytest.raises(EngineError, match="more files than any page makes"):
        tree.read(PODMAN, "x")


# -- When the runner goes ------------------------------------------------------------------------

#: An engine that holds its own pipe open for reading, as podman does.
ENGINE = """\
#!/bin/bash
[ "$1" = export ] || exit 0
exec 1<> /proc/self/fd/1
echo $$ > "$EXPORTS"
exec yes
"""
EXPORT = """\
import time
from lab import tree
from lab.engine import Engine
with tree._exported(Engine("podman", "v2"), "x"):
    time.sleep(60)
"""


def test_an_export_ends_with_the_runner_however_that_ends(tmp_path: Path) -> None:
    (tmp_path / "podman").write_text(ENGINE)
    (tmp_path / "podman").chmod(0o755)
    exports = tmp_path / "exports"
    root = Path(__file__).parents[2]
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "EXPORTS": str(exports),
        "PYTHONPATH": f"{root}:{root}/_ext",
    }
    runner = subprocess.Popen([sys.executable, "-c", EXPORT], env=os.environ | environment)
    try:
        assert until(lambda: exports.exists() and exports.read_text().endswith("\n"))
    finally:
        runner.kill()
        runner.wait()
    export = int(exports.read_text())
    try:
        assert until(lambda: not Path(f"/proc/{export}").exists())
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(export, signal.SIGKILL)


def until(condition: Callable[[], bool]) -> bool:
    """Wait a while for a condition; tell whether it holds."""
    end = time.monotonic() + 20
    while not (holds := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return holds
