"""The image: named by all that goes into it, with the wheels that fit its Python."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from lab import image
from lab.engine import Engine, EngineError
from lab.machine import Machine

INPUTS = ("Containerfile", "packages.txt", "wheels.txt", "sdists.txt", "files/etc/pip.conf")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the lab's folder, which is what images are made from during the test."""
    copy = tmp_path / "lab"
    shutil.copytree(image.HERE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(image, "HERE", copy)
    return copy


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder that is all that pip can fetch from."""
    place = tmp_path / "index"
    place.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(place))
    return place


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
    with (folder / name).open("a") as file:
        file.write("# changed\n")
    assert image.tag(lab) != before


def test_a_lab_on_top_of_another_changes_alone(folder: Path) -> None:
    before = {lab: image.tag(lab) for lab in image.LABS}
    with (folder / "Containerfile.mod_wsgi-6").open("a") as file:
        file.write("# changed\n")
    assert [lab for lab in image.LABS if image.tag(lab) != before[lab]] == ["mod_wsgi-6"]


@pytest.mark.parametrize("lab", ["trixie", "mod_wsgi-6"])
def test_the_build_has_what_is_copied_and_nothing_else(folder: Path, monkeypatch: pytest.MonkeyPatch, lab: str) -> None:
    seen: set[str] = set()

    class Builder(Engine):
        def exists(self, name: str) -> bool:
            return "base" in name or name == image.tag(image.LABS[lab].onto or "bookworm")

        def shown(self, *arguments: str, prefix: str, shows: str = "") -> None:
            seen.update(path.name for path in Path(arguments[-1]).iterdir())

        def __call__(self, *arguments: str, **options: object) -> str:
            return ""

    monkeypatch.setattr(image, "fetch_wheels", lambda _, folder: folder.mkdir())
    monkeypatch.setattr(image, "fetch_sdists", lambda _: None)
    monkeypatch.setattr(image, "_boot", lambda *_: None)
    image.ensure(Builder("podman", "v2"), lab)
    containerfile = image.LABS[lab].containerfile
    copied = set(re.findall(r"^COPY ([\w.]+)/? ", (folder / containerfile).read_text(), re.MULTILINE))
    listed = {name for name in image.LABS[lab].files if name.endswith("s.txt") and name != "packages.txt"}
    assert seen == copied | listed | {containerfile}


@pytest.mark.parametrize(("release", "fits"), [("trixie", "cp313"), ("bookworm", "cp311")])
def test_wheels_are_for_the_labs_python(folder: Path, index: Path, tmp_path: Path, release: str, fits: str) -> None:
    hashes = [wheel(index, python) for python in ("cp311", "cp312", "cp313")]
    (folder / "wheels.txt").write_text(" ".join(["thing==1.0", *hashes]))
    image.fetch_wheels(image.LABS[release], tmp_path / "wheels")
    assert [path.name for path in (tmp_path / "wheels").iterdir()] == [f"thing-1.0-{fits}-none-any.whl"]


def test_that_python_is_the_labs(engine: Engine, plain: str) -> None:
    with Machine(engine, plain) as machine:
        assert machine.versions["python"].startswith(image.LABS[image.DEFAULT].python + ".")


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


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("RUN echo oh && exit 3", r"build failed:(.|\n)*\boh\n(.|\n)*\b3\b"),
        ('CMD ["/bin/false"]', r"has built the lab and cannot boot it \(control groups v[12]\): .*has ended"),
    ],
    ids=["build", "boot"],
)
def test_an_image_that_fails_is_told_and_leaves_nothing(
    engine: Engine, plain: str, folder: Path, monkeypatch: pytest.MonkeyPatch, last: str, said: str
) -> None:
    (folder / "Containerfile").write_text(f"FROM {plain}\n{last}\n")
    monkeypatch.setattr(image, "fetch_wheels", lambda *_: None)
    monkeypatch.setattr(image, "fetch_sdists", lambda _: None)
    before = set(engine("image", "ls", "--all", "--quiet").split())
    with pytest.raises(EngineError, match=said):
        image.ensure(engine, image.DEFAULT)
    assert set(engine("image", "ls", "--all", "--quiet").split()) == before
    assert engine.exists(plain)
