"""A run says where it is: on a terminal in one line, elsewhere in a line a page."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from runner.progress import Progress

PAGES: dict[Hashable, float] = {"a": 10, "b": 10, "c": 80}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def progress(show: Callable[[str], None] | None) -> tuple[Progress, list[str], Clock]:
    said, clock = list[str](), Clock()
    return Progress(PAGES, said.append, show, clock), said, clock


def test_elsewhere_than_on_a_terminal_each_page_has_a_line() -> None:
    run, said, clock = progress(None)
    run.started("a")
    run.started("c")
    clock.now = 20
    run.ended("a", "a: 5 blocks")
    run.started("b")
    clock.now = 110
    run.ended("c", "c: 40 blocks")
    run.ended("b", "b: 1 of 5 blocks not as shown", "b.rst:7: $ false")
    assert said == [
        "a: 5 blocks (1 of 3 pages, 1 running, about 3 min left)",
        "c: 40 blocks (2 of 3 pages, 1 running, about 10 s left)",
        "b: 1 of 5 blocks not as shown (3 of 3 pages)",
        "  b.rst:7: $ false",
    ]


def test_on_a_terminal_one_line_is_rewritten_and_what_is_wrong_stays() -> None:
    shown = list[str]()
    run, said, clock = progress(shown.append)
    run.started("a")
    clock.now = 5
    run.ended("a", "a: 5 blocks")
    run.started("b")
    run.ended("b", "b: 1 of 5 blocks not as shown", "b.rst:7: $ false")
    assert said == ["b: 1 of 5 blocks not as shown", "  b.rst:7: $ false"]
    assert shown == [
        "0 of 3 pages, 1 running",
        "1 of 3 pages, about 40 s left",
        "1 of 3 pages, 1 running, about 40 s left",
        "2 of 3 pages, about 20 s left",
    ]


def test_from_too_little_nothing_is_guessed() -> None:
    run, said, clock = progress(None)
    run._weights = {"a": 1, "b": 99}
    clock.now = 3
    run.ended("a", "a")
    assert said == ["a (1 of 2 pages)"]
