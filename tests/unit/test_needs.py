"""What is missing is said in one line, with what to type; little is installed, and nothing that was refused."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import patience
from lab.engine import EngineError
from project import ROOT
from tools import chromium, needs
from tools.browser_machine import build
from tools.system import distribution

Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Let there be a Debian with no programs but those the test puts on the path, and no wishes."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("LAB_ENGINE", "INSTALL", "NO_INSTALL", "MIRROR", "CHROMIUM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(chromium, "_own", lambda: "")
    chromium.find.cache_clear()
    on(monkeypatch, "debian")

    def program(name: str, script: str = "exit 1") -> Path:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return program


def on(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let this be a machine of that distribution, or macOS."""
    monkeypatch.setattr("platform.system", lambda: "Darwin" if name == "macOS" else "Linux")
    for module in ("needs", "chromium"):
        monkeypatch.setattr(f"tools.{module}.distribution", lambda: name if name != "macOS" else "")


def installed(monkeypatch: pytest.MonkeyPatch, need: str, user: int = 0) -> list[str]:
    """Return the packages that are installed for a need, by a user."""
    run: list[list[str]] = []
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr(patience, "run", lambda command, *_, **__: run.append(command))
    needs.install(need, needs.PACKAGES[need][0])
    update, install = run
    assert update == ["apt-get", "-o", "DPkg::Lock::Timeout=120", "update"]
    assert install[: -len(needs.PACKAGES[need][0])] == [*update[:-1], "install", "-y", "--no-install-recommends"]
    return install[6:]


# -- What is installed ---------------------------------------------------------------------------


@pytest.mark.parametrize("need", needs.PACKAGES)
@pytest.mark.parametrize("wish", ["", "INSTALL", "NO_INSTALL"])
@pytest.mark.parametrize("user", [0, 1000])
def test_what_is_installed(put: Put, monkeypatch: pytest.MonkeyPatch, need: str, wish: str, user: int) -> None:
    if wish:
        monkeypatch.setenv(wish, "1")
    if user == 0 and (wish == "INSTALL" or (not wish and need in ("engine", "chromium"))):
        assert installed(monkeypatch, need, user) == list(needs.PACKAGES[need][0])
        return
    with pytest.raises(needs.NeedsError) as said:
        installed(monkeypatch, need, user)
    packages, purpose = needs.PACKAGES[need]
    assert str(said.value) == (
        f"{purpose} needs {', '.join(packages)}. Type: sudo apt-get install {' '.join(packages)}"
    )


def test_elsewhere_nothing_is_installed(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, "macOS")
    monkeypatch.setenv("INSTALL", "1")
    with pytest.raises(needs.NeedsError, match=r"install them with your system's package manager$"):
        installed(monkeypatch, "epubcheck")


def test_what_apt_get_waits_for_is_seen(
    put: Put, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    put("apt-get", 'for word in Waiting Waiting Reading "Need to get"; do echo "$word: ..."; done')
    monkeypatch.setattr("os.geteuid", lambda: 0)
    needs.install("engine", ["podman"])
    assert capfd.readouterr().err == 2 * "Waiting: ...\nNeed to get: ...\n"


def test_an_installation_that_fails_says_why(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put("apt-get", "echo E: no; exit 100")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(needs.NeedsError, match=r"^apt-get -o failed:\nE: no$"):
        needs.install("engine", ["podman"])


def test_a_program_that_is_there_is_not_installed_once_more(put: Put) -> None:
    assert needs.missing("browser-machine-tools") == needs.PACKAGES["browser-machine-tools"][0]
    put("node")
    put("npm")
    assert needs.missing("browser-machine-tools") == ("mmdebstrap", "arch-test", "zstd", "cpio")
    put("qemu-system-x86_64")
    put("mmdebstrap")
    assert needs.missing("host-tools") == ("e2fsprogs",)


def test_the_check_of_the_book_is_named_once(put: Put, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EPUBCHECK", str(tmp_path / "epubcheck.jar"))
    put("java")
    assert needs.missing("epubcheck") == needs.PACKAGES["epubcheck"][0]
    put("epubcheck.jar")
    assert needs.missing("epubcheck") == ()
    told = subprocess.run(
        ["/usr/bin/make", "--dry-run", "epub", "EPUBCHECK=/x.jar"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "java -jar /x.jar " in told.stdout


# -- The engine ----------------------------------------------------------------------------------

NO_DAEMON = "echo 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?' >&2; exit 1"
NO_RIGHT = "echo 'permission denied while trying to connect to the Docker daemon socket' >&2; exit 1"


def test_an_engine_is_installed_where_there_is_none(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    assert needs.missing("engine") == needs.PACKAGES["engine"][0]
    on(monkeypatch, "ubuntu")
    assert needs.missing("engine") == needs.PACKAGES["engine"][0]


@pytest.mark.parametrize(
    ("where", "there", "script", "said"),
    [
        ("debian", "docker", NO_DAEMON, "docker does not answer: Cannot connect to the Docker daemon at unix:///x. "
         "Is the docker daemon running? Or, on Debian or Ubuntu: sudo apt-get install podman"),
        ("debian", "docker", NO_RIGHT, "docker does not answer: permission denied while trying to connect to the "
         "Docker daemon socket. Or, on Debian or Ubuntu: sudo apt-get install podman"),
        ("debian", "podman", "echo 'Error: no' >&2; exit 125", "podman does not answer: Error: no"),
        ("macOS", "docker", NO_DAEMON, "docker does not answer: Cannot connect to the Docker daemon at unix:///x. "
         "Is the docker daemon running? Start one: podman machine start, or Docker Desktop"),
        ("macOS", "podman", "echo 'Error: unable to connect to Podman socket' >&2; exit 125", "podman does not "
         "answer: Error: unable to connect to Podman socket. Start one: podman machine start, or Docker Desktop"),
        ("macOS", "none", "", "neither podman nor docker is installed. Install Podman or Docker Desktop"),
        ("", "none", "", "neither podman nor docker is installed. On Debian or Ubuntu: sudo apt-get install podman"),
    ],
)  # fmt: skip
def test_an_engine_that_does_not_work_says_so_and_no_other_is_installed(
    put: Put, monkeypatch: pytest.MonkeyPatch, where: str, there: str, script: str, said: str
) -> None:
    on(monkeypatch, where)
    put(there, script)
    with pytest.raises(EngineError) as told:
        needs.missing("engine")
    assert str(told.value) == said


# -- The browser ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ID=debian\n", "debian"),
        ('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', "ubuntu"),
        ('ID=neon\nID_LIKE="ubuntu debian"\n', "ubuntu"),
        ("ID=raspbian\nID_LIKE=debian\n", "debian"),
        ("ID=fedora\n", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_distribution(tmp_path: Path, text: str | None, name: str) -> None:
    if text is not None:
        (tmp_path / "os-release").write_text(text)
    assert distribution(tmp_path / "os-release") == name


def test_the_browser_is_found_by_any_of_its_names(put: Put, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert needs.missing("chromium") == needs.PACKAGES["chromium"][0]
    monkeypatch.setattr(chromium, "_own", lambda: "/playwrights/chrome")
    assert chromium.find() == "/playwrights/chrome"
    for name in ("chrome", "google-chrome-stable", "google-chrome", "chromium-browser", "chromium"):
        program = put(name)
        chromium.find.cache_clear()
        assert chromium.find() == str(program)
        assert needs.missing("chromium") == ()
    mine = put("mine")
    monkeypatch.setenv("CHROMIUM", str(mine))
    chromium.find.cache_clear()
    assert chromium.find() == str(mine)


def test_a_browser_that_was_named_and_is_not_there_is_said(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put("chromium")
    monkeypatch.setenv("CHROMIUM", "/nowhere/chrome")
    with pytest.raises(chromium.NoChromiumError, match=r"^CHROMIUM=/nowhere/chrome: there is no such program$"):
        needs.missing("chromium")


@pytest.mark.parametrize("linked", [True, False])
def test_a_snap_is_no_browser_for_the_tests(
    put: Put, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, linked: bool
) -> None:
    on(monkeypatch, "ubuntu")
    if linked:
        (tmp_path / "chromium-browser").symlink_to(put("snap"))
    else:
        put("chromium-browser", 'exec /snap/bin/chromium "$@"')
    with pytest.raises(chromium.NoChromiumError) as said:
        needs.missing("chromium")
    assert str(said.value) == (
        f"the tests of deck and site need Chromium or Chrome, and {tmp_path}/chromium-browser is a snap, which cannot "
        f"see the folder for temporary files. Type: {chromium.PLAYWRIGHT}"
    )


@pytest.mark.parametrize("where", ["ubuntu", "macOS", ""])
def test_where_no_package_is_a_browser_playwrights_is_named(
    put: Put, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    on(monkeypatch, where)
    with pytest.raises(
        chromium.NoChromiumError, match=r"it is not installed\. Type: .* -m playwright install --with-deps"
    ):
        needs.missing("chromium")


def test_root_has_no_sandbox(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    program = str(put("chromium"))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert chromium.launch() == {"executable_path": program, "args": ["--no-sandbox"]}
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert chromium.launch() == {"executable_path": program, "args": []}


# -- The machine in a browser --------------------------------------------------------------------


@pytest.mark.parametrize("where", ["ubuntu", "macOS", ""])
def test_what_is_made_from_debians_packages_says_so_at_once_elsewhere(
    put: Put, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    on(monkeypatch, where)
    with pytest.raises(needs.NeedsError, match=r"is made from Debian's packages: .*MIRROR="):
        needs.missing("browser-machine-tools")
    monkeypatch.setenv("MIRROR", "https://mirror.example/debian")
    assert "mmdebstrap" in needs.missing("browser-machine-tools")
    assert build._mirror() == "https://mirror.example/debian"


def test_a_debian_that_has_not_been_updated_is_told_both_ways(put: Put) -> None:
    put("apt-get", "echo Ubuntu http://mirror.example/ubuntu")
    with pytest.raises(build.BuildError, match=r"is apt-get update due\? Or name a mirror .* MIRROR=…$"):
        build._mirror()
    put("apt-get", "echo Debian http://mirror.example/debian")
    assert build._mirror() == "http://mirror.example/debian"
