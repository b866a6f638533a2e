"""Images that are built for real."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from lab import image, original
from lab.engine import Engine, EngineError


def test_that_python_is_the_labs(engine: Engine, plain: str) -> None:
    assert original.versions(engine, plain)["python"].startswith(image.LABS[image.DEFAULT].python + ".")


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("RUN echo oh && exit 3", r"build failed:(.|\n)*\boh\n(.|\n)*\b3\b"),
        ('CMD ["/bin/false"]', r"built the lab but cannot boot it \(control groups v[12]\): .*has ended"),
    ],
    ids=["build", "boot"],
)
def test_an_image_that_fails_is_told_and_leaves_nothing(
    engine: Engine, plain: str, folder: Path, monkeypatch: pytest.MonkeyPatch, last: str, said: str
) -> None:
    (folder / "Containerfile").write_text(f"FROM {plain}\n{last}\n")
    monkeypatch.setattr(image, "fetch_wheels", lambda *_: None)
    monkeypatch.setattr(image, "fetch_sdists", lambda _: None)
    monkeypatch.setattr(image, "_base", lambda *_: nullcontext(plain))
    before = set(engine("image", "ls", "--all", "--quiet").split())
    with pytest.raises(EngineError, match=said):
        image.ensure(engine, image.DEFAULT)
    assert set(engine("image", "ls", "--all", "--quiet").split()) == before
    assert engine.exists(plain)
