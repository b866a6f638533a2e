"""The image: named by all that goes into it, with the wheels that fit its Python."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from lab import image
from lab.engine import Engine, EngineError

INPUTS = (
    "Containerfile",
    "archive.sh",
    "archive.txt",
    "packages.txt",
    "wheels.txt",
    "sdists.txt",
    "files/etc/pip.conf",
)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder that is all that pip can fetch from."""
    place = tmp_path / "index"
    place.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(place))
    return place


class Fake(Engine):
    """Has images by name, builds what it is asked to, and says what machines say: of which day the archive is."""

    def __init__(self, there: Sequence[str] = (), day: str = "2026-11-30", silent: Sequence[str] = ()) -> None:
        super().__init__("podman", "v2")
        object.__setattr__(self, "there", {name: f"id of {name}" for name in there})
        object.__setattr__(self, "day", day)
        object.__setattr__(self, "silent", silent)
        object.__setattr__(self, "built", [])
        object.__setattr__(self, "asked", [])

    there: dict[str, str]
    day: str
    silent: Sequence[str]
    built: list[set[str]]
    asked: list[tuple[str, ...]]

    def exists(self, name: str) -> bool:
        """Tell whether an image is there."""
        return name in self.there

    def labelled(self, what: str, *, images: bool = False) -> list[dict[str, str]]:
        """List the images."""
        return [{"id": of, "tag": "", "tags": f"other:1 {name}", "owner": ""} for name, of in self.there.items()]

    def shown(self, *arguments: str, prefix: str, shows: str = "") -> None:
        """Build, or pull."""
        self.asked.append(arguments)
        if arguments[0] in self.silent:
            raise EngineError(f"podman {arguments[0]} failed:\nno such host")
        if arguments[0] == "build":
            self.built.append({path.name for path in Path(arguments[-1]).iterdir()})
            (identity,) = [it for it in arguments if it.startswith("--iidfile=")]
            Path(identity.partition("=")[2]).write_text("sha256:new\n")

    def __call__(self, *arguments: str, **_: object) -> str:
        """Tag, import or remove."""
        self.asked.append(arguments)
        if arguments[0] == "tag":
            self.there[arguments[2]] = arguments[1]
        return ""


@pytest.fixture
def building(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be fetched or booted."""
    (folder / "archive.txt").write_text("2026-11-30\n")
    monkeypatch.setattr(image, "fetch_wheels", lambda *_: None)
    monkeypatch.setattr(image, "fetch_sdists", lambda _: None)
    monkeypatch.setattr(image, "_boot", lambda engine, _: engine.day)


def wheel(place: Path, python: str) -> str:
    """Make a wheel for one Python; return its hash as ``wheels.txt`` has it."""
    path = place / f"thing-1.0-{python}-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
        file.writestr("thing-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nTag: {python}-none-any\n")
    return f"--hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("lab", image.LABS)
def test_an_image_is_named_by_what_it_is_made_of(folder: Path, lab: str, name: str) -> None:
    before = image.tag(lab)
    text = (folder / name).read_text()
    (folder / name).write_text("2027-01-31\n" if name == "archive.txt" else f"{text}# changed\n")
    assert image.tag(lab).rpartition("-")[2] != before.rpartition("-")[2]


def test_a_lab_on_top_of_another_changes_alone(folder: Path) -> None:
    before = {lab: image.tag(lab) for lab in image.LABS}
    with (folder / "Containerfile.mod_wsgi-6").open("a") as file:
        file.write("# changed\n")
    assert [lab for lab in image.LABS if image.tag(lab) != before[lab]] == ["mod_wsgi-6"]


@pytest.mark.parametrize("lab", ["trixie", "mod_wsgi-6"])
def test_the_build_has_what_is_copied_and_nothing_else(
    folder: Path, building: None, monkeypatch: pytest.MonkeyPatch, lab: str
) -> None:
    engine = Fake(there=[image.tag(image.LABS[lab].onto or "bookworm")])
    monkeypatch.setattr(image, "fetch_wheels", lambda _, folder: folder.mkdir())
    image.ensure(engine, lab)
    (seen,) = engine.built
    containerfile = image.LABS[lab].containerfile
    copied = set(re.findall(r"^COPY ([\w.]+)/? ", (folder / containerfile).read_text(), re.MULTILINE))
    listed = {"wheels.txt", "sdists.txt", "archive.txt"} & set(image.LABS[lab].files)
    assert seen == copied | listed | {containerfile}


# -- The archive ---------------------------------------------------------------------------------


def test_an_image_of_the_wanted_archive_has_its_day_and_no_word_is_lost(
    building: None, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = Fake()
    made = image.ensure(engine, "trixie")
    assert re.fullmatch(r"localhost/lab:trixie-20261130-[0-9a-f]{12}", made)
    assert engine.there == {made: "sha256:new"}
    assert [it for it in engine.asked[1] if "ARCHIVE" in it] == ["--build-arg=ARCHIVE=2026-11-30"]
    assert "differ" not in capsys.readouterr().err
    assert image.ensure(engine, "trixie") == image.tag("trixie") == made
    assert len(engine.built) == 1


def test_an_image_of_another_archive_says_so_in_its_name_and_in_a_line(
    building: None, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine, wanted = Fake(day="2026-12-01"), image.tag("trixie")
    made = image.ensure(engine, "trixie")
    assert made == wanted.replace("20261130", "20261201")
    assert engine.there == {made: "sha256:new"}
    said = (
        "lab: the archive of 2026-11-30 cannot be fetched: trixie is made from that of 2026-12-01, so a page may differ"
    )
    assert said in capsys.readouterr().err.splitlines()
    assert image.ensure(engine, "trixie") == image.tag("trixie") == made
    assert len(engine.built) == 1
    (folder / "archive.txt").write_text("2026-12-02\n")
    assert "-20261202-" in image.tag("trixie")


def test_an_image_that_another_checkout_made_is_taken_the_newest_first(building: None, folder: Path) -> None:
    wanted = image.tag("trixie")
    others = [wanted.replace("20261130", day) for day in ("20261201", "20261215", "20261209")]
    later = wanted.replace("20261130", "20261231")
    strange = [re.sub("..$", "00", later), later.replace(":trixie", ":bookworm")]
    engine = Fake(there=[*others, *strange])
    assert image.ensure(engine, "trixie") == others[1]
    assert image.tag("trixie") == others[1]
    assert not engine.built
    (folder.parent / "archives.json").unlink()
    assert image.ensure(Fake(there=[*others, wanted]), "trixie") == wanted


def test_a_new_image_removes_no_other(building: None) -> None:
    engine = Fake(there=["localhost/lab:trixie-20261129-0123456789ab"])
    image.ensure(engine, "trixie")
    assert "localhost/lab:trixie-20261129-0123456789ab" in engine.there
    assert not [asked for asked in engine.asked if asked[0] == "rmi"]


def test_a_base_is_asked_for_each_time_and_one_made_here_is_for_once(
    building: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    official = image.BASE.format("trixie")
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/mmdebstrap")
    monkeypatch.setattr("lab.patience.run", lambda *_, **__: None)
    for there, silent, base in (
        ([], [], official),
        ([official], [], official),
        ([official], ["pull"], official),
        ([], ["pull"], f"localhost/lab-base:trixie-{os.getpid()}"),
    ):
        engine = Fake(there=there, silent=silent)
        image.ensure(engine, "trixie")
        assert engine.asked[0] == ("pull", official)
        (build,) = [asked for asked in engine.asked if asked[0] == "build"]
        assert f"--build-arg=BASE={base}" in build
        assert [asked[1] for asked in engine.asked if asked[0] == "rmi"] == ([base] if "lab-base" in base else [])


def test_a_base_that_cannot_be_had_says_what_is_missing(building: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(EngineError, match=r"trixie-slim cannot be fetched, and mmdebstrap, .* is not installed\."):
        image.ensure(Fake(silent=["pull"]), "trixie")


OFFICIAL = """\
Types: deb
# http://past.example/archive/debian/20261117T000000Z
URIs: http://today.example/debian
Suites: trixie trixie-updates

Types: deb
# http://past.example/archive/debian-security/20261117T000000Z
URIs: http://today.example/debian-security
Suites: trixie-security
"""
OF_THE_DAY = """\
Types: deb
Check-Valid-Until: no
URIs: http://past.example/archive/debian/20261130T235959Z
Suites: trixie trixie-updates

Types: deb
Check-Valid-Until: no
URIs: http://past.example/archive/debian-security/20261130T235959Z
Suites: trixie-security
"""


@pytest.mark.parametrize(
    ("sources", "answers", "newest", "asked", "left", "day"),
    [
        (OFFICIAL, True, "Tue, 01 Dec 2026 00:22:33 UTC", "update dist-upgrade", OF_THE_DAY, "2026-11-30"),
        (OFFICIAL, False, "Tue, 01 Dec 2026 00:22:33 UTC", "update update", OFFICIAL, "2026-12-01"),
        ("", True, "Tue, 01 Dec 2026 00:22:33 UTC", "update", "", "2026-12-01"),
        ("", True, "Sat, 21 Nov 2026 09:15:44 UTC", "update", "", "2026-11-30"),
    ],
    ids=["the past answers", "it does not", "no past is known", "nothing has changed since"],
)
def test_the_archive_of_the_day_is_taken_where_it_can_be_had(
    tmp_path: Path, sources: str, answers: bool, newest: str, asked: str, left: str, day: str
) -> None:
    place = tmp_path / "etc/apt/sources.list.d/debian.sources"
    for folder in (place.parent, tmp_path / "etc/apt/preferences.d", tmp_path / "tmp", tmp_path / "var/lib/apt/lists"):
        folder.mkdir(parents=True)
    if sources:
        place.write_text(sources)
    (tmp_path / "var/lib/apt/lists/a_InRelease").write_text("Label: Debian\nDate: Sat, 11 Jul 2026 10:16:37 UTC\n")
    (tmp_path / "var/lib/apt/lists/b_Release").write_text(f"Date: {newest}\n")
    apt = tmp_path / "apt-get"
    fails = (
        ""
        if answers
        else f"case $* in *APT::Update::Error-Mode=any*) grep -q past.example/.*235959 {place} && exit 100;; esac"
    )
    apt.write_text(f"#!/bin/sh\necho $1 >> {tmp_path}/asked\n{fails}\nexit 0\n")
    apt.chmod(0o755)
    subprocess.run(
        ["sh", image.HERE / "archive.sh", "2026-11-30", tmp_path],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}, check=True,
    )  # fmt: skip
    assert (tmp_path / "asked").read_text().split() == asked.split()
    assert (place.read_text() if sources else "") == left
    assert (tmp_path / "usr/local/share/lab/archive").read_text() == f"{day}\n"
    assert not list((tmp_path / "etc/apt/preferences.d").iterdir())
    assert not list((tmp_path / "tmp").iterdir())


# -- What pip fetches ----------------------------------------------------------------------------


def test_what_stands_for_an_apxs_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "true").touch(0o755)
    told = subprocess.run(
        [sys.executable, "-c", "from lab import image; print(image.NO_APXS['APXS'])"],
        cwd=Path(__file__).parents[2], env={"PATH": str(tmp_path), "PYTHONPATH": "_ext"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout == f"{tmp_path}/true\n"


@pytest.mark.parametrize(("release", "fits"), [("trixie", "cp313"), ("bookworm", "cp311")])
def test_wheels_are_for_the_labs_python(folder: Path, index: Path, tmp_path: Path, release: str, fits: str) -> None:
    hashes = [wheel(index, python) for python in ("cp311", "cp312", "cp313")]
    (folder / "wheels.txt").write_text(" ".join(["thing==1.0", *hashes]))
    image.fetch_wheels(image.LABS[release], tmp_path / "wheels")
    assert [path.name for path in (tmp_path / "wheels").iterdir()] == [f"thing-1.0-{fits}-none-any.whl"]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("thing==1.0", "Hashes are required"),
        ("thing==1.0 --hash=sha256:" + "0" * 64, "THESE PACKAGES DO NOT MATCH THE HASHES"),
        ("other==1.0 --hash=sha256:" + "0" * 64, "No matching distribution found for other==1.0"),
    ],
)
def test_a_wheel_that_is_not_the_pinned_one_is_an_error(
    folder: Path, index: Path, tmp_path: Path, wanted: str, said: str
) -> None:
    wheel(index, "py3")
    (folder / "wheels.txt").write_text(wanted)
    with pytest.raises(EngineError, match=said):
        image.fetch_wheels(image.LABS[image.DEFAULT], tmp_path / "wheels")
