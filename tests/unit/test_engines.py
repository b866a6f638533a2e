"""``make test-engines``: what it says of engines that agree, differ or are not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from lab.engine import Engine, EngineError
from snippets.results import Result, Results, Run
from tests.unit.test_results import LABS
from tools import engines

RUN, PARSED, FAILED = ("passed", "run"), ("passed", "parsed"), ("failed", "")


@pytest.mark.parametrize(
    ("podman", "docker", "said"),
    [
        (RUN, RUN, []),
        (("exempt", ""), ("exempt", ""), []),
        (RUN, PARSED, ["p.rst:5 on trixie: podman: passed run; docker: passed parsed"]),
        (RUN, FAILED, ["p.rst:5 on trixie: podman: passed run; docker: failed"]),
        (FAILED, FAILED, ["p.rst:5 on trixie: podman: failed; docker: failed"]),
        (RUN, None, ["p.rst:5 on trixie: podman: passed run; docker: not run"]),
    ],
)
def test_verdicts_that_differ_or_are_bad_are_told(
    podman: tuple[str, str], docker: tuple[str, str] | None, said: list[str]
) -> None:
    key = ("trixie", "p.rst:5")
    assert engines.differences({"podman": {key: podman}, "docker": {key: docker} if docker else {}}) == said


def offered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **outcomes: str) -> list[str]:
    """Let these engines be offered, and their suites end so; return the engines that were asked for."""
    asked: list[str] = []

    def engine(name: str) -> object:
        @contextmanager
        def offer() -> Iterator[dict[str, str]]:
            if name not in outcomes:
                raise engines.NotOfferedError("there is none")
            yield {"LAB_ENGINE": name}

        return offer

    def make(command: list[str], *, env: dict[str, str], **_: object) -> object:
        name = env["LAB_ENGINE"]
        asked.append(name)
        found = Run("p", "trixie", LABS["trixie"], "2026-12-01", (Result("d", outcomes[name], "run", "p.rst:5"),), "k")
        Results({"trixie": LABS["trixie"]}, [found]).dump(engines.RESULTS)
        return type("Done", (), {"returncode": 0})

    monkeypatch.setattr(engines, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(engines, "podman", engine("podman"))
    monkeypatch.setattr(engines, "docker", engine("docker"))
    monkeypatch.setattr("subprocess.run", make)
    return asked


def test_all_that_are_offered_are_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = offered(monkeypatch, tmp_path, podman="passed", docker="passed")
    assert engines.main("trixie") == 0
    assert asked == ["podman", "docker"]


def test_what_is_not_offered_is_said_with_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offered(monkeypatch, tmp_path, podman="passed")
    assert engines.main("trixie") == 0
    assert "docker: not offered: there is none" in capsys.readouterr().out


@pytest.mark.parametrize("outcomes", [{}, {"podman": "failed"}, {"podman": "passed", "docker": "failed"}])
def test_nothing_offered_or_a_failure_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, outcomes: dict[str, str]
) -> None:
    offered(monkeypatch, tmp_path, **outcomes)
    assert engines.main("trixie") == 1


def test_docker_that_is_not_installed_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: str) -> Engine:
        raise EngineError("docker does not answer")

    monkeypatch.setattr(Engine, "probe", none)
    monkeypatch.setattr("shutil.which", lambda _: None)
    with (
        pytest.raises(engines.NotOfferedError, match=r"not installed\. On Debian: sudo apt-get install"),
        engines.docker(),
    ):
        pass


@pytest.mark.parametrize("answers", [True, False], ids=["its own daemon", "one that was started"])
def test_docker_that_cannot_boot_the_lab_is_not_offered(monkeypatch: pytest.MonkeyPatch, answers: bool) -> None:
    asked: list[str | None] = []

    def refuse(_: str) -> Engine:
        asked.append(os.environ.get("DOCKER_HOST"))
        raise EngineError("docker 26.1 cannot boot the lab")

    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(Engine, "probe", refuse)
    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(engines, "_answers", lambda *_: answers)
    monkeypatch.setattr(engines, "_daemon", lambda: nullcontext("unix:///started"))
    with pytest.raises(engines.NotOfferedError, match=r"^docker 26\.1 cannot boot the lab$"), engines.docker():
        pass
    assert asked == ([None] if answers else [None, "unix:///started"])
    assert "DOCKER_HOST" not in os.environ
