"""What a page does to its machine stays there: seen on machines."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

import lab.engine
from lab import image
from lab.engine import Engine, EngineError
from lab.machine import Machine, MachineError
from runner.suite import Suite
from snippets.manifest import Block, Manifest, Page
from tests.unit.test_contained import one


class Bad(NamedTuple):
    """A page that misbehaves: its name, what is typed, how long that may take, and what is said of it."""

    name: str
    typed: str
    told: str
    limit: int = 10


ENDED = "the machine or its agent has ended"
BAD = (
    Bad("a fork bomb", "$ :(){ :|:& };:\n$ sleep 60", r"\[1\] \d+|fork: retry: ", 3),
    Bad("a fork bomb of root", "$ sudo bash -c ':(){ :|:& };:; sleep 60'", "fork: retry: Resource temporarily", 3),
    Bad("a large file", "$ head -c 700M /dev/zero > large", "File size limit exceeded"),
    Bad("much memory", "$ python3 -c 'b\"x\" * (3 << 30)'", "Killed", 60),
    Bad("a full /run", "$ sudo dd if=/dev/zero of=/run/x bs=1M count=100 status=none", "No space left"),
    Bad("a full /tmp", "$ dd if=/dev/zero of=/tmp/x bs=1M count=300 status=none", "No space left"),
    Bad("much shared memory", "$ sudo dd if=/dev/zero of=/dev/shm/x bs=1M count=600 status=none", "No space left"),
    Bad("endless output", "$ yes", r"more than 64 MiB of output", 60),
    Bad("an endless command", "$ sleep 1000", "no prompt after 1 s", 1),
    Bad("deaf to signals", "$ bash -c 'trap \"\" INT TERM HUP; while :; do sleep 1; done'", "no prompt after 1 s", 1),
    Bad(
        "everything removed",
        "$ sudo rm -rf --no-preserve-root / 2> /dev/null",
        "exit status 1, but the page says 0",
        60,
    ),
    Bad("the agent killed", "$ sudo pkill -9 -f stdin.buffer", ENDED),
    Bad("the network", "$ echo > /dev/tcp/192.0.2.1/80", "Network is unreachable"),
    Bad("the host's keys", "$ echo b | sudo tee /proc/sysrq-trigger", "No such file or directory|Read-only|denied"),
    Bad("a mount", "$ sudo mount -t tmpfs none /mnt", "permission denied"),
    Bad("the clock", "$ sudo date -s 2001-01-01", "cannot set date: Operation not permitted"),
    Bad(
        "lines that are erased",
        '$ python3 -c \'print("\\x1b[2K" * 200000 + "here")\'',
        r"what came back:\n    here$",
        60,
    ),
    Bad("many lines", '$ python3 -c \'print("x\\n" * 900000 + "\\b")\'', r"\n    x\n    \[\d+ lines\]\n", 60),
    Bad(
        "questions to a terminal",
        "$ printf '\\e[?6n\\e[?5d\\e[?3A\\e[?1;2r\\e[?1L\\e[?1mhere\\n'",
        r"came back:\n    here$",
    ),
    Bad("signs that a terminal obeys", "$ printf '\\e]0;x\\a\\e[2J\\e[31mred \\xff\\u202e\\n'", r"\n    red \ufffd+$"),
    Bad("the agent stopped", "$ sudo pkill -STOP -f stdin.buffer", "something in the machine has stopped its agent"),
    Bad("its own bounds", "$ find /sys/fs/cgroup -name pids.max | head -1 | sudo xargs -I{} sh -c 'echo max > {}'",
        "Read-only file system|Permission denied|cannot"),
    Bad("the kernel's settings", "$ echo 0 | sudo tee /proc/sys/kernel/randomize_va_space", "Read-only file system"),
    Bad("the host's disk", "$ sudo mknod disk b 8 0", "Operation not permitted"),
)  # fmt: skip
AFTER = "the page after"


@pytest.fixture(scope="module")
def suite(plain: str) -> Iterator[Suite]:
    """Run all of them, and after them a page that does nothing wrong."""
    names = [*(bad.name for bad in BAD), AFTER]
    made = [*(one(bad.name, bad.typed, bad.limit) for bad in BAD), one(AFTER, "$ echo here\nhere")]
    pages = Manifest(tuple(Page(name, f"{name}.rst") for name in names), tuple(made))
    with Suite(pages, names, [image.DEFAULT], fresh=True, say=lambda _: None) as running:
        yield running


@pytest.mark.parametrize("bad", BAD, ids=[bad.name for bad in BAD])
def test_what_misbehaves_fails_and_is_told(suite: Suite, bad: Bad) -> None:
    verdict = suite.verdict(image.DEFAULT, one(bad.name, bad.typed))
    assert verdict.outcome == "failed"
    assert verdict.message.startswith(f"{bad.name}.rst:")
    assert re.search(bad.told, verdict.message)
    assert len(verdict.message) < 100_000
    assert all(sign.isprintable() or sign == "\n" for sign in verdict.message)


def test_the_next_page_takes_no_notice(suite: Suite) -> None:
    assert suite.verdict(image.DEFAULT, one(AFTER, "")).outcome == "passed"


@pytest.mark.usefixtures("plain")
def test_sections_that_stand_apart_begin_anew_and_fail_alone() -> None:
    typed = [("one", "$ touch here; ls\nhere"), ("two", "$ ls\nhere"), ("two", "$ true"), ("three", "$ ls")]
    blocks = [
        Block(f"a.rst:{n}", "a", "a.rst", n, "console", "transcript", text, part=part)
        for n, (part, text) in enumerate(typed)
    ]
    manifest = Manifest((Page("a", "a.rst", apart=True),), tuple(blocks))
    with Suite(manifest, ["a"], [image.DEFAULT], fresh=True, say=lambda _: None) as running:
        outcomes = [running.verdict(image.DEFAULT, block).outcome for block in blocks]
    assert outcomes == ["passed", "failed", "not run", "passed"]


# -- The disk ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bound", "fill", "few"),
    [
        ("ROOM", "for n in {1..20}; do head -c 50M /dev/zero > $n; done", "less than .* MiB are free"),
        ("FILES", "seq 60000 | xargs touch", "there is room for fewer than .* files"),
    ],
)
def test_a_machine_that_fills_the_disk_is_stopped(
    engine: Engine, plain: str, monkeypatch: pytest.MonkeyPatch, bound: str, fill: str, few: str
) -> None:
    disk = os.statvfs(engine.store)
    nearly = {"ROOM": disk.f_bavail * disk.f_frsize - (200 << 20), "FILES": disk.f_favail - 5000}
    monkeypatch.setattr(lab.engine, bound, nearly[bound])
    with (
        pytest.raises(MachineError, match=f"machine was stopped: {few} on the disk of {engine.store}"),
        Machine(engine, plain) as machine,
    ):
        machine.ask("type", terminal=1, lines=[f"{fill}; sleep 60"], limit=60, stays=False)
    assert not engine("ps", "--all", "--quiet", f"--filter=name={machine.name}")


def test_a_disk_that_is_full_is_told_before_anything_starts(
    engine: Engine, plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab.engine, "ROOM", 1 << 60)
    with pytest.raises(EngineError, match=r"are free on the disk of .*: make room there"):
        Machine(engine, plain)
