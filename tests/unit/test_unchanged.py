"""A page that others start from leaves their instruments as they were: what is seen of an image on the host."""

from __future__ import annotations

import hashlib
import io
import tarfile

import pytest

from lab.original import Original
from lab.tree import CAPABILITY, FILE, FOLDER, LINK, Entry, Tree, entries
from runner import unchanged
from runner.unchanged import End
from snippets.manifest import Block

UNIT = Block(
    "a.rst:5",
    "a",
    "a.rst",
    5,
    "ini",
    "file",
    "[Service]\nExecStart=/srv/app/run",
    path="/etc/systemd/system/app.service",
)
GREP, MODULE, CONF = "/usr/bin/grep", "/usr/lib/python3/json/__init__.py", "/etc/bash.bashrc"
PASSWD = "root:x:0:0::/root:/bin/bash\nreader:x:1000:1000::/home/reader:/bin/bash\n"


def file(text: str = "as it was", mode: int = 0o644, uid: int = 0) -> Entry:
    return Entry(FILE, mode, uid, uid, hashlib.sha256(text.encode()).hexdigest())


def link(target: str) -> Entry:
    return Entry(LINK, 0o777, 0, 0, target)


def folder(mode: int = 0o755, uid: int = 0) -> Entry:
    return Entry(FOLDER, mode, uid, uid, "")


PLAIN = Original(
    {},
    {
        **dict.fromkeys(("/usr/bin", "/usr/local/bin", "/etc", "/srv"), folder()),
        **{GREP: file(mode=0o755), "/usr/bin/sudo": file(mode=0o4755), MODULE: file(), CONF: file()},
        **{"/home/reader/.bashrc": file(uid=1000), "/etc/environment": file(), "/etc/ld.so.cache": file()},
        **{"/usr/lib/python3/__pycache__/os.cpython-313.pyc": file(), "/etc/passwd": file(PASSWD)},
        **{"/var/lib/apt/lists/Packages": file(), "/var/lib/dpkg/status": file(), "/bin": link("usr/bin")},
    },
    {
        "/usr/bin/curl": frozenset([file("curl", 0o755)]),
        "/usr/bin/xz": frozenset([file("xz", 0o755)]),
        "/usr/lib/uwsgi/plugins/python311_plugin.so": frozenset([file("plugin")]),
        "/usr/lib/systemd/system/apache2.service": frozenset([file("unit")]),
        "/etc/init.d/apache2": frozenset([file("script", 0o755)]),
        "/etc/ssl": frozenset([folder()]),
        "/var/lib/dpkg/info/curl.postinst": frozenset([file("script", 0o755)]),
    },
    frozenset(["/usr/bin/xz", "/usr/lib/uwsgi/plugins/python311_plugin.so"]),
    {"/etc/passwd": PASSWD},
)  # fmt: skip
#: What a page does that installs and configures something.
INSTALLED: Tree = {
    **{path: next(iter(PLAIN.packages[path])) for path in PLAIN.packages},
    "/etc/alternatives/lzma": link("/usr/bin/xz"),
    "/usr/bin/lzma": link("/etc/alternatives/lzma"),
    "/usr/lib/xz": link("/etc/alternatives/xz"),
    "/etc/alternatives/xz": link("/usr/bin/xz"),
    "/usr/lib/uwsgi/plugins/python3_plugin.so": link("/etc/alternatives/uwsgi-plugin-python3"),
    "/etc/alternatives/uwsgi-plugin-python3": link("/usr/lib/uwsgi/plugins/python311_plugin.so"),
    "/etc/systemd/system/multi-user.target.wants/apache2.service": link("/lib/systemd/system/apache2.service"),
    "/etc/rc2.d/S01apache2": link("../init.d/apache2"),
    UNIT.path or "": file(UNIT.text + "\n"),
    "/etc/systemd/system/multi-user.target.wants/app.service": link("/etc/systemd/system/app.service"),
    "/etc/apache2/sites-available/a.conf": file("a"),
    "/etc/ssl/certs/a.pem": link("/usr/share/a.crt"),
    "/etc/passwd": file(f"{PASSWD}app:x:990:990::/srv:/usr/sbin/nologin\n"),
    "/etc/passwd-": file("older"),
    "/home/reader/.cache/pip/wheel": file("built", uid=1000),
    "/srv/app/bin/python3": link("/usr/bin/python3"),
    "/opt/app/run": file("app", 0o755, uid=1000),
    "/usr/local/lib/python3.13": folder(),
    "/var/lib/dpkg/status": file("more"),
    "/var/log/dpkg.log": file("more"),
}
GONE = ("/etc/ld.so.cache", "/usr/lib/python3/__pycache__/os.cpython-313.pyc")


def faults(changed: Tree | None = None, gone: tuple[str, ...] = GONE, passwd: str = "") -> list[str]:
    """Return what is wrong with an image in which packages are installed, and more is changed."""
    found = {**PLAIN.files, **INSTALLED, **(changed or {})}
    texts = {"/etc/passwd": passwd or f"{PASSWD}app:x:990:990::/srv:/usr/sbin/nologin\n"}
    found = {path: entry for path, entry in found.items() if path not in gone}
    return list(End(PLAIN, found, texts, unchanged.shown([UNIT])).faults())


def test_what_packages_and_listings_bring_is_no_fault() -> None:
    assert faults() == []


HOME_OF_ROOT = "/root"  # in any Debian, and so in the lab's
PLANTS: dict[str, Entry] = {
    "/usr/local/bin/curl": file("echo probe", 0o755),  # before the real one in PATH
    "/usr/bin/new": file("new", 0o755),
    GREP: file("true", 0o755),
    MODULE: file("lies"),
    "/usr/lib/python3/dist-packages/sitecustomize.py": file("lies"),
    "/usr/lib/python3/dist-packages/any.pth": file("import lies"),
    "/usr/lib/python3/json/__pycache__/__init__.cpython-313.pyc": file("lies"),
    "/etc/ld.so.preload": file("/srv/lies.so"),
    "/etc/ld.so.cache": file("lies"),
    "/home/reader/.bashrc": file("alias curl=true", uid=1000),
    "/home/reader/.bash_profile": file("alias curl=true", uid=1000),
    "/home/reader/.local/bin/curl": file("true", 0o755, uid=1000),
    "/home/reader/json.py": file("lies", uid=1000),
    f"{HOME_OF_ROOT}/.curlrc": file("lies"),
    "/etc/profile.d/lies.sh": file("alias curl=true"),
    "/etc/environment": file("PATH=/srv"),
    "/etc/systemd/system.conf.d/path.conf": file("lies"),
    "/etc/apt/apt.conf.d/hook": file("lies"),
    "/etc/sudoers.d/lies": file("lies"),
    "/etc/pam.d/sudo": file("lies"),
    "/srv/as-root": file("sh", 0o4755),  # wherever it lies
    "/var/www/as-group": file("sh", 0o2755),
    "/etc/systemd/system/hidden.service": file("lies"),
    "/etc/systemd/system/hidden.timer": file("lies"),
    UNIT.path or "": file("[Service]\nExecStart=/srv/lies\n"),  # not as the page shows it
    "/etc/systemd/system/apache2.service": link("/etc/systemd/system/app.service"),
    "/etc/systemd/system/multi-user.target.wants/other.service": link("/usr/lib/systemd/system/apache2.service"),
    "/etc/rc2.d/S01lies": link("../init.d/apache2"),
    "/etc/cron.d/lies": file("lies"),
    "/var/spool/cron/crontabs/root": file("lies"),
    "/usr/lib/python3/dist-packages/usercustomize.py": link("/etc/alternatives/lzma"),
    "/usr/local/bin/wget": link("/usr/bin/xz"),
    "/usr/bin/wget": link("/usr/bin/xz"),
    "/usr/bin/curl": link("/etc/alternatives/lzma"),
    "/usr/sbin/curl": link("/etc/alternatives/curl"),
    "/usr/local/bin/lzma": link("/etc/alternatives/lzma"),
    "/etc/alternatives/lzma": link("/usr/bin/curl"),
    "/usr/bin/sudo": file(mode=0o755),
    CONF: file(mode=0o666),
    "/usr/bin": folder(0o777),
    "/usr/local/bin": folder(uid=1000),
    "/usr/local/sbin": folder(0o777),
    "/bin": link("srv"),
    "/device": Entry("3", 0o666, 0, 0, ""),
    "/json.py": file("lies"),
    "/var/lib/dpkg/info/curl.postinst": file("lies", 0o755),
    "/var/lib/apt/lists/Packages": file("lies"),
    "/var/cache/apt/pkgcache.bin": file("lies"),
    "/usr/bin/na\nme": file("lies"),
}


@pytest.mark.parametrize("path", PLANTS)
def test_a_changed_instrument_is_a_fault(path: str) -> None:
    changed = {path: PLANTS[path]}
    if PLANTS[path].content == "/etc/alternatives/curl":
        changed["/etc/alternatives/curl"] = link("/usr/bin/xz")
    found = faults(changed, tuple(set(GONE) - {path}))
    assert any(it.startswith(f"{path!a}: ") for it in found), found
    assert not any("\n" in it for it in found)


@pytest.mark.parametrize("path", [GREP, MODULE, "/etc/environment", "/bin"])
def test_a_removed_instrument_is_a_fault(path: str) -> None:
    assert faults(gone=(*GONE, path)) == [f"{path!r}: it is gone"]


@pytest.mark.parametrize(
    "passwd",
    [
        PASSWD.replace("reader:/bin/bash", "reader:/srv/lies"),
        PASSWD + "other:x:0:0::/root:/usr/sbin/nologin\n",
        PASSWD + "other:x:1001:1001::/srv:/srv/lies\n",
        PASSWD[10:],
    ],
)
def test_accounts_only_grow(passwd: str) -> None:
    (fault,) = faults(passwd=passwd)
    assert fault.startswith("'/etc/passwd': it has ")


def test_a_program_with_a_capability_has_rights_of_its_own() -> None:
    data = io.BytesIO()
    member = tarfile.TarInfo("./srv/app/run")
    member.pax_headers = {CAPABILITY: "cap"}
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(member)
    data.seek(0)
    with tarfile.open(fileobj=data) as archive:
        found = entries(archive)
    (fault,) = faults(found)
    assert fault.startswith("'/srv/app/run': it has special rights")


def test_what_is_told_is_short() -> None:
    said = unchanged.told([f"'/{n}': it is gone" for n in range(9)]).split("\n")
    assert len(said) == 6
    assert said[0].startswith("'/0': it is gone; other pages")
    assert said[-1] == "  and 4 more"
