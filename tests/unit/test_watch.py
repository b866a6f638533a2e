"""A page that is being written: what runs again when it is saved, on which machine, and what is told of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lab.machine import MachineError
from project import ROOT
from runner import rerun
from runner.plan import PlanError
from runner.rerun import Reruns
from runner.verdict import Failed, Verdict
from snippets.manifest import Block, Manifest, Page
from tests.limits import at_most
from tools import watch


def page(*texts: str, shift: int = 0, part: str = "") -> list[Block]:
    """Return a page with these commands, three lines each."""
    lines = [5 + 3 * n + shift for n in range(len(texts))]
    return [
        Block(f"t.rst:{line}", "t", "t.rst", line, "console", "transcript", text, part=part)
        for line, text in zip(lines, texts, strict=True)
    ]


class Lab:
    """Gives machines that do nothing, and remembers what was typed on each."""

    def __init__(self) -> None:
        self.typed: list[list[str]] = []
        self.closed: set[int] = set()
        self.said: list[str] = []
        self.slow = threading.Event()  # a slow command has begun

    def boot(self) -> Any:
        self.typed.append([])
        return FakeMachine(self, len(self.typed) - 1)

    @property
    def open(self) -> set[int]:
        return {*range(len(self.typed))} - self.closed

    def told(self) -> list[str]:
        """Take what was said, but for what has a time in it."""
        said = [line for line in self.said if not line.endswith(" s")]
        self.said.clear()
        return said


class FakeMachine:
    def __init__(self, lab: Lab, number: int) -> None:
        self.lab, self.number, self.gone = lab, number, threading.Event()

    def __enter__(self) -> FakeMachine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.gone.set()
        self.lab.closed.add(self.number)


class FakeCourse:
    """Types what a page has: ``fails`` fails, ``late`` the first, ``slow`` takes until its machine has gone."""

    def __init__(self, machine: FakeMachine) -> None:
        self.machine, self.verdicts = machine, dict[str, Verdict]()

    def run(self, block: Block) -> None:
        self.machine.lab.typed[self.machine.number].append(block.text)
        if block.text == "slow":
            self.machine.lab.slow.set()
            if not self.machine.gone.wait(20):
                self.machine.lab.typed[self.machine.number].append("not cut off")
            raise MachineError("gone")
        if block.text.startswith("fails"):
            raise Failed(f"{block.at(0)}: $ {block.text}")
        self.verdicts[block.id] = Verdict("passed", "run")

    def finish(self) -> None:
        if self.machine.lab.typed[self.machine.number][-1] == "late":
            block, *_ = self.verdicts
            self.verdicts[block] = Verdict("failed", "", f"{block}: late")


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.setattr(rerun, "Course", FakeCourse)
    return Lab()


@pytest.fixture
def reruns(lab: Lab) -> Iterator[Reruns]:
    """Give what runs a page again; at its end no machine is left."""
    with at_most(60), closing(Reruns(lab.boot, lab.said.append)) as running:
        yield running
    assert not lab.open


def saved(reruns: Reruns, *blocks: Block) -> None:
    reruns.saved([*blocks])
    reruns.wait()


def test_a_page_runs_from_its_start_and_then_from_the_block_that_is_changed(lab: Lab, reruns: Reruns) -> None:
    saved(reruns, *page("a", "b", "c"))
    assert lab.typed == [["a", "b", "c"], []]
    saved(reruns, *page("a", "b", "C"))
    assert lab.typed[1:] == [["a", "b", "C"], ["a", "b"]]
    assert lab.told() == ["3 of 3 blocks, from t.rst:5"] * 2
    saved(reruns, *page("a", "b", "c", "d"))
    assert lab.typed[2:] == [["a", "b", "c", "d"], ["a", "b"]]
    assert lab.told() == ["2 of 4 blocks, from t.rst:11"]
    assert lab.open == {3}


def test_a_change_before_what_is_ready_begins_at_the_start(lab: Lab, reruns: Reruns) -> None:
    saved(reruns, *page("a", "b", "c"))
    saved(reruns, *page("a", "b", "C"))
    saved(reruns, *page("A", "b", "C"))
    assert lab.typed[2:] == [["a", "b"], ["A", "b", "C"], []]
    assert lab.open == {4}


def test_a_fault_begins_with_its_place_and_what_comes_after_is_not_told(lab: Lab, reruns: Reruns) -> None:
    saved(reruns, *page("a", "fails", "c"))
    assert lab.told() == ["3 of 3 blocks, from t.rst:5", "t.rst:8: $ fails"]
    assert lab.typed == [["a", "fails"], ["a"]]
    saved(reruns, *page("a", "b", "c"))
    assert lab.typed[1:] == [["a", "b", "c"], ["a"]]


def test_a_page_that_has_not_passed_runs_again_when_it_is_saved_as_it_is(lab: Lab, reruns: Reruns) -> None:
    saved(reruns, *page("a", "fails", "c"))
    saved(reruns, *page("a", "fails", "c"))
    assert lab.typed[1:] == [["a", "fails"], ["a"]]


def test_from_a_block_that_goes_wrong_later_all_is_run_again(lab: Lab, reruns: Reruns) -> None:
    saved(reruns, *page("a", "b"))
    saved(reruns, *page("a", "b", "late"))
    assert lab.told()[-1] == "t.rst:5: late"
    saved(reruns, *page("a", "b", "c"))
    assert lab.typed[1:] == [["a", "b", "late"], ["a", "b", "c"], []]


def test_prose_runs_nothing_and_what_is_ready_names_the_lines_of_now(lab: Lab, reruns: Reruns) -> None:
    saved(reruns, *page("a", "fails"))
    saved(reruns, *page("a", "b"))
    count = len(lab.typed)
    saved(reruns, *page("a", "b"))
    assert len(lab.typed) == count
    saved(reruns, *page("a", "b", shift=2))
    assert lab.typed[count:] == [["a"]]
    saved(reruns, *page("a", "fails", shift=2))
    assert lab.typed[count:] == [["a", "fails"], ["a"]]
    assert lab.told()[-1] == "t.rst:10: $ fails"


def test_a_save_cuts_off_what_runs_of_the_text_before(lab: Lab, reruns: Reruns) -> None:
    reruns.saved(page("a", "slow", "c"))
    assert lab.slow.wait(20)
    reruns.saved(page("a", "slow", "c", shift=4))  # in another page, or in prose
    assert not lab.closed
    saved(reruns, *page("a", "b", "c"))
    assert lab.typed == [["a", "slow"], ["a", "b", "c"], []]
    assert not [line for line in lab.told() if line.startswith("t.rst")]


def test_a_save_while_a_machine_is_made_ready_for_it_waits_for_that(lab: Lab, reruns: Reruns) -> None:
    saved(reruns, *page("a", "b", "c"))
    reruns.saved(page("a", "b", "C"))
    reruns.saved(page("a", "b", "c"))  # at any moment of that
    reruns.wait()
    assert lab.typed[-2][-1] == "c"
    assert lab.typed[-1] == ["a", "b"]
    assert len(lab.open) == 1


def test_nothing_is_left_when_it_ends_in_the_middle(lab: Lab) -> None:
    with at_most(60), closing(Reruns(lab.boot, lab.said.append)) as running:
        running.saved(page("a", "slow"))
        assert lab.slow.wait(20)
    assert not lab.open
    assert lab.typed == [["a", "slow"]]


def test_of_sections_that_stand_apart_only_those_that_were_changed_run(lab: Lab, reruns: Reruns) -> None:
    first, second = page("a", "b", part="one"), page("c", "d", part="two", shift=20)
    saved(reruns, *first, *second)
    assert lab.typed == [["a", "b"], ["c", "d"], []]
    saved(reruns, *first, *page("c", "D", part="two", shift=20))
    assert lab.typed[2:] == [["c", "D"], ["c"]]
    saved(reruns, *page("A", "b", part="one"), *page("c", "D", part="two", shift=20))
    assert lab.typed[4:] == [["A", "b"], []]


def test_a_machine_that_does_not_start_is_told_and_the_next_save_tries_again(lab: Lab, reruns: Reruns) -> None:
    boot = reruns._boot

    def refuse() -> Any:
        raise MachineError("no room")

    reruns._boot = refuse
    saved(reruns, *page("a"))
    assert lab.said == ["no room"]
    reruns._boot = boot
    saved(reruns, *page("a"))
    assert lab.typed[0] == ["a"]


# -- The command ---------------------------------------------------------------------------------


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, lab: Lab) -> Lab:
    monkeypatch.setattr(watch, "state_of", lambda *_: ("engine", "image"))
    monkeypatch.setattr(watch, "Machine", lambda *_: lab.boot())
    return lab


def test_what_sphinx_refuses_is_told_and_waits_for_the_next_save(monkeypatch: pytest.MonkeyPatch, started: Lab) -> None:
    def refuse() -> Manifest:
        raise ValueError(f"{ROOT}/t.rst:7: WARNING: Title underline too short.")

    def read(*blocks: Block) -> Manifest:
        return Manifest((Page("t", "t.rst"),), blocks)

    reads: Iterator[Callable[[], Manifest]] = iter([refuse, read, partial(read, *page("a", "slow"))])
    monkeypatch.setattr(watch, "manifest", lambda: next(reads)())
    monkeypatch.setattr(watch, "_saves", lambda: iter([None] * 3))
    watch.watch("t", "trixie", started.said.append)
    assert started.said[:2] == [
        "t.rst:7: WARNING: Title underline too short.",
        "no blocks on t: there is nothing to run",
    ]
    assert len(started.typed) == 1
    assert not started.open


def test_a_wrong_page_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: str) -> None:
        raise PlanError("no page 'x'; there are: t")

    monkeypatch.setattr(watch, "manifest", lambda: Manifest())
    monkeypatch.setattr(watch, "state_of", refuse)
    monkeypatch.setattr(watch, "_saves", lambda: iter([None]))
    with pytest.raises(PlanError, match=r"^no page 'x'; there are: t$"):
        watch.main("x", "trixie")


def test_ctrl_c_is_no_fault(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(watch, "watch", interrupt)
    assert watch.main("t", "trixie") == 0
    assert capsys.readouterr().err == ""


def test_editors_that_write_in_place_or_rename_are_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(watch, "ROOT", tmp_path)
    for folder in watch.WATCHED:
        (tmp_path / folder).mkdir()
    file = tmp_path / "tutorial/a.rst"
    with at_most(60):
        saves = watch._saves()
        next(saves)
        file.write_text("one")
        next(saves)
        (tmp_path / "tutorial/.a.rst.new").write_text("two")
        (tmp_path / "tutorial/.a.rst.new").rename(file)
        next(saves)
        file.unlink()
        next(saves)
