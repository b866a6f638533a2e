"""All files of an image, as the engine hands them out: no program of the image has a say in it.

The engine exports what no process can change any more. Names and contents are whatever a machine has made of them: they
are compared, and never written anywhere.
"""

from __future__ import annotations

import hashlib
import secrets
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple

from lab.engine import LABEL, Engine, EngineError, label
from lab.owner import owner, scratch

#: More than any page makes: files, and bytes in them.
MOST, LARGEST = 400_000, 8 << 30
#: What a tar archive calls a right that a program has whoever runs it.
CAPABILITY = "SCHILY.xattr.security.capability"
#: Ends a command when our end of its standard input closes, however this process goes. podman, which holds its own pipe
#: open for reading, would write for ever into one that nobody reads, with a lock for which all of podman waits.
_WATCHED = """\
exec 3<&0
"$@" 3<&- & command=$!
{ read -r _; kill -9 $command; } <&3 > /dev/null 2>&1 & watch=$!
wait $command; status=$?
kill $watch
exit $status
"""


class Entry(NamedTuple):
    """A path of a file system: ``kind`` is tar's, ``content`` a digest, or where a link leads, or a capability."""

    kind: str
    mode: int
    uid: int
    gid: int
    content: str


FILE, LINK, FOLDER = tarfile.REGTYPE.decode(), tarfile.SYMTYPE.decode(), tarfile.DIRTYPE.decode()
Tree = dict[str, Entry]


def read(engine: Engine, image: str, look: Callable[[str, bytes], None] | None = None, of: str = "") -> Tree:
    """Return all paths of an image.

    :param look: is given each file whose path ends with ``of``, as it comes
    :raises EngineError: the engine fails, or the image has more than any page makes
    """
    with _exported(engine, image) as stream:
        try:
            with tarfile.open(fileobj=stream, mode="r|", errors="surrogateescape") as archive:
                return entries(archive, look, of)
        except (tarfile.TarError, ValueError) as error:
            raise EngineError(f"{engine.name} export: {error}") from error


def entries(archive: tarfile.TarFile, look: Callable[[str, bytes], None] | None = None, of: str = "") -> Tree:
    """Return the paths of an archive; a hard link is the file that it names.

    :raises ValueError: there is more than any page makes
    """
    found: Tree = {}
    size = 0
    for member in archive:
        path, size = _path(member.name), size + member.size
        if len(found) >= MOST or size > LARGEST:
            raise ValueError("the machine has more files than any page makes")
        kind, content = member.type.decode(errors="replace"), member.linkname if member.issym() else ""
        if member.islnk() and (same := found.get(_path(member.linkname))):
            kind, content = FILE, same.content
        elif member.isfile() and (file := archive.extractfile(member)):
            kind = FILE
            if look and path.endswith(of):
                data = file.read()
                look(path, data)
                content = hashlib.sha256(data).hexdigest()
            else:
                content = _digest(file)
        content += member.pax_headers.get(CAPABILITY, "")
        found[path] = Entry(kind, member.mode & 0o7777, member.uid, member.gid, content)
    return found


def _path(name: str) -> str:
    return "/" + name.removeprefix("./").strip("/")


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while data := file.read(1 << 20):
        digest.update(data)
    return digest.hexdigest()


@contextmanager
def _exported(engine: Engine, image: str) -> Iterator[IO[bytes]]:
    """Give what the engine exports of a container that never runs."""
    name = f"lab-{secrets.token_hex(6)}"
    labels = [f"--label={LABEL}=machine", f"--label={LABEL}.owner={label(owner())}"]  # swept up if this process ends
    engine("create", "--pull=never", "--network=none", f"--name={name}", *labels, image)
    try:
        with subprocess.Popen(
            ["sh", "-c", _WATCHED, "sh", engine.name, "export", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, cwd=scratch(),
        ) as process:  # fmt: skip
            assert process.stdin is not None and process.stdout is not None and process.stderr is not None
            try:
                yield process.stdout
                while process.stdout.read(1 << 20):  # what pads the archive
                    pass
                said = process.stderr.read().decode(errors="replace").strip().rpartition("\n")[2]
                process.wait(30)
            finally:
                process.stdin.close()
        if process.returncode:
            raise EngineError(f"{engine.name} export: {said}")
    finally:
        engine("rm", "--force", "--volumes", name)
