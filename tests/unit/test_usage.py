"""What is run with ``python -m`` says how, in one line, before it does anything."""

from __future__ import annotations

import inspect
import runpy
import subprocess
import sys
from collections.abc import Callable

import pytest

from lab.errors import UserError
from project import ROOT
from tools import cli, demo, serve, soak
from tools.cli import arguments

pytestmark = pytest.mark.filterwarnings("ignore:.*found in sys.modules")
IN_A_MACHINE = {"tools.servers.client"}  # who sends it there gives it what it takes
ANY_NUMBER = {"tools.merge"}
NAMES = (
    {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
        for folder in ("lab", "runner", "tools")
        for path in (ROOT / folder).rglob("*.py")
        if '\nif __name__ == "__main__":' in path.read_text()
    }
    - IN_A_MACHINE
    - ANY_NUMBER
)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what is typed after the module's name; nothing is started."""
    given = ["module"]
    monkeypatch.setattr(sys, "argv", given)
    for name in ("run", "Popen"):
        monkeypatch.setattr(subprocess, name, lambda *_, **__: pytest.fail("something was started"))
    return given


def usage(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a module and return the line that it ends with."""
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(name, run_name="__main__")
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize("name", sorted(NAMES))
def test_too_much_is_one_line(name: str, typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    typed += ["1"] * 9
    assert usage(name, capsys).startswith(f"usage: python -m {name}")


@pytest.mark.parametrize(
    "name", ["tools.images", "tools.needs", "tools.try_page", "tools.engines", "tools.serve", "tools.soak"]
)
def test_too_little_is_one_line(name: str, typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert usage(name, capsys).startswith(f"usage: python -m {name} ")


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_command_takes_the_words_of_its_usage(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def bound(main: Callable[..., int | None], usage: str, *_: type[Exception]) -> None:
        words = usage.split()
        assert words[0] == name
        inspect.signature(main).bind(*words[1:])
        bindings.append(name)

    bindings: list[str] = []
    monkeypatch.setattr(cli, "run", bound)
    runpy.run_module(name, run_name="__main__")
    assert bindings == [name]


@pytest.mark.parametrize(
    ("words", "given", "found"),
    [
        ("", "", []),
        ("PAGE AT", "a start", ["a", "start"]),
        ("[--fresh] [PAGE]", "", ["", ""]),
        ("[--fresh] [PAGE]", "a", ["", "a"]),
        ("[--fresh] [PAGE]", "--fresh", ["--fresh", ""]),
        ("[--fresh] [PAGE]", "--fresh a", ["--fresh", "a"]),
        ("remove", "remove", ["remove"]),
        ("FILES…", "", []),
        ("FILES…", "a b", ["a", "b"]),
        ("", "a", None),
        ("PAGE", "", None),
        ("PAGE", "a b", None),
        ("[--fresh] [PAGE]", "a b", None),
        ("[ask]", "answer", None),
        ("remove", "keep", None),
    ],
)
def test_arguments_are_the_words_of_the_usage(
    words: str, given: str, found: list[str] | None, typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    typed += given.split()
    if found is not None:
        assert arguments(f"a.module {words}") == found
        return
    with pytest.raises(SystemExit):
        arguments(f"a.module {words}")
    assert capsys.readouterr().err == f"usage: python -m a.module {words}\n"


def test_the_demo_needs_no_port(typed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[str] = []
    monkeypatch.setattr(demo, "serve", served.append)
    assert demo.main("") == demo.main("8081") == 0
    assert served == ["8080", "8081"]


@pytest.mark.parametrize("port", ["eighty", "99999999999"])
def test_what_is_no_port_is_one_line(port: str, typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match=rf"^port {port}: that is not a port\. Name another: make serve PORT=8001$"):
        serve.main(port)


def test_what_is_no_number_of_runs_is_one_line(typed: list[str]) -> None:
    with pytest.raises(ValueError, match="RUNS=many SEED=: they must be numbers"):
        soak.main("many", "trixie", "")


@pytest.mark.parametrize(
    ("raised", "said"),
    [("KeyboardInterrupt", "make: stopped\n"), ("UserError('no')", "make: no\n"), ("OSError('no')", "make: no\n"),
     ("ValueError", None)],
)  # fmt: skip
def test_ctrl_c_and_what_can_be_mended_is_one_line_and_a_fault_of_ours_is_not(raised: str, said: str | None) -> None:
    script = f"""
from lab.errors import UserError
from tools import cli

def main():
    raise {raised}

cli.run(main, "x", OSError)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == said or (said is None and "Traceback" in done.stderr)
