"""The suite: which pages it runs, in which order, and what it takes over from earlier runs."""

from __future__ import annotations

import base64
import fcntl
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import image, original
from lab.engine import Engine, EngineError
from lab.machine import Machine, MachineError
from lab.owner import checkout
from project import ROOT
from runner import states, suite, unchanged
from runner.course import Course
from runner.page import checked_here, waits_of
from runner.plan import PlanError, plan, writer_of
from runner.results import kept, write
from runner.suite import Suite
from runner.verdict import Failed, Verdict
from snippets.manifest import Block, Manifest, Page
from snippets.results import Result, Results, Run
from tests.limits import at_most

LABS = {
    "bookworm": {"debian": "12", "apache": "2.4.62", "mod_wsgi": "4.9.4", "python": "3.11.2", "image": "lab:1"},
    "trixie": {"debian": "13", "apache": "2.4.68", "mod_wsgi": "5.0.2", "python": "3.13.5", "image": "lab:2"},
}
BLOCK = Block("tutorial/one.rst:7", "tutorial/one", "tutorial/one.rst", 7, "apache", "fragment", "Listen 1")


def run(page: str = "one", lab: str = "trixie", when: str = "2026-12-01") -> Run:
    """Return what became of a page with one block: it has passed."""
    return Run(page, lab, LABS[lab], when, (Result(BLOCK.digest, "passed", "run", f"{page}.rst:7", 0.1),), "k")


# -- The plan ------------------------------------------------------------------------------------


def pages(**starts: str | None) -> tuple[Page, ...]:
    return tuple(Page(name, f"{name}.rst", start, 3 if start else 0) for name, start in starts.items())


def listing(page: str, line: int, role: str) -> Block:
    return replace(BLOCK, id=f"{page}.rst:{line}", page=page, role=role, listing="snippets/a.conf")


def test_a_page_waits_for_its_start_and_for_the_listings_it_shows() -> None:
    blocks = (listing("b", 1, "file"), listing("d", 1, "fragment"))
    manifest = Manifest(pages(a=None, b="a", c="a", d=None), blocks)
    assert plan(manifest, ["b"]) == {"a": set(), "b": {"a"}}
    assert plan(manifest, ["d"]) == {"a": set(), "b": {"a"}, "d": {"b"}}


def test_a_page_does_not_wait_for_itself() -> None:
    manifest = Manifest(
        pages(a=None, b=None), (listing("b", 1, "file"), listing("a", 1, "file"), listing("a", 9, "fragment"))
    )
    assert plan(manifest, ["a"]) == {"a": set()}


def test_a_start_that_does_not_exist_is_named_with_its_page() -> None:
    with pytest.raises(PlanError, match=r"^b\.rst:3: ':starts-from: nowhere': there is no such page$"):
        plan(Manifest(pages(a=None, b="nowhere", c="b")), ["c"])


@pytest.mark.parametrize(
    "manifest",
    [
        Manifest(pages(a="b", b="c", c="a")),
        Manifest(pages(a="a")),
        Manifest(pages(a=None, b="a"), (listing("b", 1, "file"), listing("a", 1, "fragment"))),
    ],
    ids=["three pages", "itself", "a listing of a later page"],
)
def test_a_circle_of_pages_is_named(manifest: Manifest) -> None:
    with pytest.raises(PlanError, match=r"^[abc]\.rst:3: pages start from each other.*: .*\ba\b"):
        plan(manifest, [manifest.pages[-1].page])


def test_nothing_starts_from_sections_that_stand_apart() -> None:
    first, second = pages(a=None, b="a")
    with pytest.raises(PlanError, match=r"^b\.rst:3: ':starts-from: a': the sections of that page run separately"):
        plan(Manifest((replace(first, apart=True), second)), ["b"])


def test_a_lab_that_does_not_exist_is_named_with_its_block() -> None:
    block = replace(BLOCK, options={"on": "trixie buster"})
    with pytest.raises(PlanError, match=r"^tutorial/one\.rst:7: ':on: buster': there is no such lab; there are: "):
        plan(Manifest(pages(a=None), (block,)), ["a"])


def test_a_region_is_of_the_listing_that_is_written_on_its_lab() -> None:
    first, second = (replace(listing("a", n, "file"), options={"on": on}) for n, on in ((1, "bookworm"), (5, "trixie")))
    manifest = Manifest(pages(a=None, b=None), (first, second, region := listing("b", 1, "fragment")))
    assert [writer_of(manifest, region, lab) for lab in image.LABS] == [second, first, None]


def test_on_a_page_without_a_machine_a_region_has_no_check_of_its_own() -> None:
    shown, bare, own = listing("a", 1, "fragment"), replace(BLOCK, page="a", role="unchecked"), replace(BLOCK, page="a")
    alone, starting = pages(a=None)[0], pages(b=None, a="b")[1]
    assert checked_here(alone, [shown, bare]) == [bare]
    assert checked_here(alone, [shown, own]) == [shown, own]
    assert checked_here(starting, [shown, bare]) == [shown, bare]


# -- What is taken over --------------------------------------------------------------------------


def written(file: Path, *now: Run) -> Results:
    """Return what is in the results after a run on trixie that found this."""
    write(file, Manifest(pages(one=None, two=None)), Results({"trixie": LABS["trixie"]}, now))
    return Results.load(file)


def test_results_of_before_stay_and_make_way_for_new_ones(tmp_path: Path) -> None:
    keep = [run("two"), run("one", "bookworm")]
    Results(LABS, [run("gone"), run("one", when="2026-11-30"), *keep]).dump(tmp_path / "results.json")
    assert written(tmp_path / "results.json", run()) == Results(LABS, [*keep, run()])


def test_results_of_a_lab_that_has_changed_are_dropped(tmp_path: Path) -> None:
    old = LABS | {"trixie": LABS["trixie"] | {"apache": "2.4.0"}}
    Results(old, [run("two"), run("two", "bookworm")]).dump(tmp_path / "results.json")
    assert written(tmp_path / "results.json", run()) == Results(LABS, [run("two", "bookworm"), run()])


@pytest.mark.parametrize(
    "before",
    ["", "{", "[]", '{"labs": 1, "blocks": 1}', '{"labs": {}, "blocks": [{}]}', '{"labs": {"a": 1}, "blocks": []}'],
)
def test_corrupt_results_are_written_again(tmp_path: Path, before: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results.json").write_text(before)
    assert written(tmp_path / "results.json", run()) == Results({"trixie": LABS["trixie"]}, [run()])
    assert re.search(r"results\.json: .* written again from scratch", capsys.readouterr().err, re.DOTALL)


def test_the_first_results_are_written(tmp_path: Path) -> None:
    assert written(tmp_path / "build/results.json", run()).runs == [run()]


# -- What has to run -----------------------------------------------------------------------------


class Ended(Suite):
    """A suite without machines: each block passes at once, and which pages ran, and what it said, is told."""

    def __init__(self, manifest: Manifest, wanted: list[str], ends: set[str], **options: Any) -> None:
        self.ends, self.ran, self.said = ends, set[str](), list[str]()
        super().__init__(manifest, wanted, ["trixie"], say=self.said.append, **options)

    def _has_end(self, job: tuple[str, str]) -> bool:
        return job[1] in self.ends

    def _on_machine(self, lab: str, start: str, blocks: list[Block], kept: str | None) -> dict[str, Verdict]:
        self.ran.add(blocks[0].page)
        if any("fails" in block.text for block in blocks):
            raise MachineError("gone")
        return {block.id: Verdict("passed", "run", seconds=0.1) for block in blocks}


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(states, "scratch", lambda: tmp_path)
    states._lock.cache_clear()
    monkeypatch.setattr(Engine, "find", classmethod(lambda cls: cls("none", "v2")))
    monkeypatch.setattr(Engine, "sweep", lambda _: None)
    monkeypatch.setattr(Engine, "labelled", lambda *_, **__: [])
    monkeypatch.setattr(image, "ensure", lambda _, lab: image.tag(lab))
    monkeypatch.setattr(original, "versions", lambda *_: LABS["trixie"])
    monkeypatch.setattr(original.Original, "of", lambda *_: None)
    monkeypatch.setattr(unchanged, "keep", lambda running, *_: running.commit() or [])
    yield
    states._lock.cache_clear()


def three(**text: str) -> Manifest:
    """Return three pages of a transcript each: b starts from a, c stands alone."""
    blocks = (
        Block(f"{name}.rst:5", name, f"{name}.rst", 5, "console", "transcript", text.get(name, f"$ true {name}"))
        for name in "abc"
    )
    return Manifest(pages(a=None, b="a", c=None), tuple(blocks))


def ran(
    manifest: Manifest, *wanted: str, ends: str = "", kept: Results | None = None, **options: Any
) -> tuple[str, Results]:
    """Run a suite; return the pages that ran, and what the next run may take over."""
    running = Ended(manifest, [*wanted], set(ends), kept=kept, **options)
    with running:
        for block in (block for name in wanted for block in manifest.of(name)):
            running.verdict("trixie", block)
    return "".join(sorted(running.ran)), running.found()


def test_a_page_that_passed_as_it_is_does_not_run_again() -> None:
    assert ran(three(), *"abc")[0] == "abc"
    before = ran(three(), *"abc")[1]
    assert ran(three(), *"abc", kept=before) == ("", before)
    assert ran(three(), *"abc", kept=before, fresh=True)[0] == "abc"
    assert ran(three(), "c", kept=before)[0] == ""


def test_an_engine_is_asked_for_only_if_a_page_has_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: type[Engine]) -> Engine:
        raise EngineError("no engine")

    before = ran(three(), *"abc")[1]
    monkeypatch.setattr(Engine, "find", classmethod(fail))
    assert ran(three(), *"abc", kept=before) == ("", before)
    with pytest.raises(EngineError, match="no engine"):
        ran(three(c="$ false"), *"abc", kept=before)


def test_a_changed_page_runs_again_and_so_do_those_that_start_from_it() -> None:
    before = ran(three(), *"abc")[1]
    assert ran(three(c="$ false"), *"abc", kept=before)[0] == "c"
    assert ran(three(b="$ false"), *"abc", kept=before, ends="a")[0] == "b"
    assert ran(three(a="$ false"), *"abc", kept=before, ends="a")[0] == "ab"


def test_pages_run_again_on_an_image_of_another_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    before = ran(three(), *"abc")[1]
    monkeypatch.setattr(image, "ensure", lambda *_: "localhost/lab:of-another-day")
    again, found = ran(three(c="$ false"), *"abc", kept=before)
    assert again == "abc"
    monkeypatch.setattr(image, "tag", lambda _: "localhost/lab:of-another-day")
    assert ran(three(c="$ false"), *"abc", kept=found)[0] == ""


def test_a_page_runs_again_for_an_end_that_is_gone() -> None:
    before = ran(three(), *"abc")[1]
    assert ran(three(b="$ false"), *"abc", kept=before)[0] == "ab"
    assert ran(three(b="$ false"), "b", kept=before)[0] == "ab"
    assert ran(three(b="$ false"), "b", kept=before, ends="a")[0] == "b"


def test_ends_that_no_page_starts_from_any_more_are_removed_and_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here, gone = checkout(ROOT), checkout(tmp_path / "gone")
    needed = Ended(three(), ["b"], {"a"}).states.name("trixie", "a")
    there = (
        ("needed", here, needed),
        ("old", here, "localhost/lab-state:trixie-a-0123"),
        ("of a state that broke off", here, ""),
        ("of another lab", here, "localhost/lab-state:bookworm-a-0123"),
        ("of a checkout that is gone", gone, "localhost/lab-state:trixie-z-0123"),
        ("of another checkout", checkout(tmp_path), "localhost/lab-state:trixie-z-0123"),
        ("of another host", f"elsewhere:{tmp_path}/gone", "localhost/lab-state:trixie-z-0123"),
    )
    found = [{"id": image_id, "owner": owner, "tag": tag} for image_id, owner, tag in there]
    removed: list[str] = []
    monkeypatch.setattr(Engine, "labelled", lambda *_, **__: found)
    monkeypatch.setattr(Engine, "__call__", lambda _, command, name, **__: removed.append(f"{command} {name}"))
    assert Ended(three(), ["b"], {"a"}).said == ["removing 3 images that no page starts from any more"]
    assert removed == ["rmi old", "rmi of a state that broke off", "rmi of a checkout that is gone"]


@pytest.fixture
def removed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tell what is removed of one old state."""
    names: list[str] = []
    old = [{"id": "old", "owner": checkout(ROOT), "tag": "localhost/lab-state:trixie-a-0123"}]
    monkeypatch.setattr(Engine, "labelled", lambda *_, **__: old)
    monkeypatch.setattr(Engine, "__call__", lambda _, command, name, **__: names.append(name))
    return names


def test_nothing_is_removed_while_another_command_may_start_from_it(tmp_path: Path, removed: list[str]) -> None:
    with (tmp_path / "states").open("w") as others:
        fcntl.flock(others, fcntl.LOCK_SH)
        assert ran(three(), "b")[0] == "ab"
    assert not removed
    assert ran(three(), "b")[0] == "ab"
    assert removed == ["old"]


def test_while_a_command_may_start_from_states_no_other_removes_them(tmp_path: Path, removed: list[str]) -> None:
    running = Ended(three(), ["b"], {"a"})
    with (tmp_path / "states").open("w") as others, pytest.raises(BlockingIOError):
        fcntl.flock(others, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert removed == ["old"]
    assert running.said == ["removing 1 images that no page starts from any more"]


def test_a_state_that_another_command_removes_meanwhile_is_made_again(
    tmp_path: Path, removed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = {"a"}
    monkeypatch.setattr(Engine, "__call__", lambda *_, **__: ends.clear())
    running = Ended(three(), ["b"], ends)
    with running:
        assert running.verdict("trixie", three().blocks[1]).good
    assert running.ran == {"a", "b"}


def test_a_command_waits_while_another_removes_states_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    with (tmp_path / "states").open("w") as others:
        fcntl.flock(others, fcntl.LOCK_EX)

        def say(what: str) -> None:
            said.append(what)
            fcntl.flock(others, fcntl.LOCK_UN)

        states.share(say)
    assert said == ["waiting: another command is removing old images"]


def test_a_page_that_failed_runs_again() -> None:
    assert ran(three(c="$ fails"), *"abc", kept=ran(three(c="$ fails"), *"abc")[1])[0] == "c"


def test_moved_blocks_are_the_same_blocks() -> None:
    before = ran(three(), *"abc")[1]
    moved = tuple(replace(block, id=block.id.replace(":5", ":6"), line=6) for block in three().blocks)
    again, now = ran(Manifest(three().pages, moved), *"abc", kept=before)
    assert again == ""
    assert [result.id for run in now.runs for result in run.results] == ["a.rst:6", "b.rst:6", "c.rst:6"]


@pytest.mark.parametrize("what", ["CHECKER", "image", "lab"])
def test_another_checker_or_image_or_lab_has_passed_nothing(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    before = ran(three(), *"abc")[1]
    if what == "CHECKER":
        monkeypatch.setattr(states, "CHECKER", "another")
    elif what == "image":
        monkeypatch.setattr(image, "tag", lambda _: "another")
    else:
        before = replace(before, runs=[replace(run, lab="bookworm") for run in before.runs])
    assert ran(three(), *"abc", kept=before)[0] == "abc"


@pytest.mark.parametrize("broken", [{"outcome": "failed"}, {"digest": "another"}])
def test_a_page_whose_results_do_not_bear_it_out_runs_again(broken: dict[str, Any]) -> None:
    before = ran(three(), *"abc")[1]
    runs = [
        replace(run, results=(replace(run.results[0], **broken),)) if run.page == "c" else run for run in before.runs
    ]
    assert ran(three(), *"abc", kept=replace(before, runs=runs))[0] == "c"


def test_a_page_that_does_not_run_again_keeps_its_day() -> None:
    before = ran(three(), *"abc")[1]
    runs = [replace(run, when="2026-05-04") for run in before.runs]
    now = ran(three(c="$ false"), *"abc", kept=replace(before, runs=runs))[1]
    assert [run.when == "2026-05-04" for run in now.runs] == [True, True, False]


def test_what_is_taken_over_survives_the_file(tmp_path: Path) -> None:
    manifest, before = three(), ran(three(), *"abc")[1]
    before = replace(before, labs={"trixie": LABS["trixie"]})
    write(tmp_path / "results.json", manifest, before)
    assert ran(manifest, *"abc", kept=kept(tmp_path / "results.json"))[0] == ""


def test_a_page_runs_only_what_is_for_its_lab() -> None:
    other = replace(three().blocks[2], id="c.rst:9", text="$ fails", options={"on": "bookworm"})
    manifest = Manifest(three().pages, (*three().blocks, other))
    running = Ended(manifest, ["c"], set())
    with running:
        assert running.verdict("trixie", manifest.blocks[2]).good
    assert [result.id for run in running.found().runs for result in run.results] == ["c.rst:5"]
    with pytest.raises(KeyError):
        running.verdict("trixie", other)


@pytest.mark.parametrize(
    ("text", "status", "seconds"),
    [
        ("$ sleep 2", "0", 2),
        ("$ sleep 0.5; sleep 1\n$ true && sleep 3", "0", 4.5),
        ("$ echo sleep 9\nsleep 9", "0", 0),
        ("$ curl --max-time 2 x", "28", 2),
        ("$ curl --max-time 2 x || echo none", "0", 2),
        ("$ curl --max-time 2 x", "0", 0),
    ],
)
def test_the_waits_that_a_page_shows_are_counted(text: str, status: str, seconds: float) -> None:
    assert waits_of([replace(BLOCK, role="transcript", text=text, options={"exit": status})]) == seconds


# -- When something goes wrong -------------------------------------------------------------------


class Fake:
    """A machine without an engine, which says the same whenever it is asked."""

    def __init__(self, *_: object, output: bytes = b"", fault: str = "") -> None:
        self.output, self.fault, self.closed = output, fault, False

    def __enter__(self) -> Fake:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, what: str, **_: object) -> dict[str, Any]:
        status = 2 if what == "examine" else 0  # the doctor finds no Apache
        return {"output": base64.b64encode(self.output).decode(), "status": status, "prompt": ""}

    def commit(self, *_: object) -> None:
        raise EngineError("no room")

    def close(self) -> None:
        self.closed = True
        if self.fault:
            raise EngineError(self.fault)


def made(*wanted: str) -> Suite:
    return Suite(three(), wanted, ["trixie"], fresh=True, say=lambda _: None)


def test_a_machine_that_cannot_be_removed_keeps_none_of_the_others() -> None:
    machines = [Fake(fault=fault) for fault in ("", "first", "", "second", "")]
    running = made("c")
    running._machines.update(machines)  # type: ignore[arg-type]
    with pytest.raises(EngineError, match=r"first|second"), running:
        pass
    assert all(machine.closed for machine in machines)
    assert not running._thread.is_alive()


def test_a_machine_that_is_gone_is_not_closed_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "Machine", Fake)
    with made("b") as running:
        assert running.verdict("trixie", three().blocks[0]).message == "a.rst:5: no room"
        assert not running._machines


@pytest.mark.parametrize("what", ["needs", "_progress"])
def test_a_suite_that_dies_says_so(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    running = made("c")
    monkeypatch.setattr(running, what, None)  # whatever is asked of it fails
    with at_most(30), pytest.raises((AttributeError, TypeError), match=r"NoneType|not callable"), running:
        running.verdict("trixie", three().blocks[2])
    assert not running.found().runs


def test_what_a_page_writes_does_not_hold_up_the_end_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = threading.Event()

    class Endless(Fake):
        def ask(self, what: str, **_: object) -> dict[str, Any]:
            self.output = b"\x1b[2K" * 200_000
            drawing.set()
            return super().ask(what)

    monkeypatch.setattr(suite, "Machine", Endless)
    with at_most(60), pytest.raises(KeyboardInterrupt), made("c"):
        drawing.wait()
        raise KeyboardInterrupt


# -- What is told --------------------------------------------------------------------------------


def test_a_page_that_changes_the_instruments_fails_and_none_starts_from_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[list[str]] = []

    def keep(_: Machine, name: str, plain: object, blocks: list[Block], labels: dict[str, str]) -> list[str]:
        asked.append([block.id for block in blocks])
        return ["'/usr/local/bin/curl': neither"]

    monkeypatch.setattr(unchanged, "keep", keep)
    said = "\n".join(played(three(), tmp_path, monkeypatch))
    assert "a.rst:5: '/usr/local/bin/curl': neither; other pages start from this page's end" in said
    assert "a on trixie: 1 of 1 blocks not as shown" in said
    assert "b on trixie: 1 of 1 blocks not as shown" in said
    assert "c on trixie: 1 blocks" in said
    assert asked == [["a.rst:5"]]


def test_a_page_that_none_starts_from_is_kept_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unchanged, "keep", lambda *_: ["'/usr/local/bin/curl': neither"])
    monkeypatch.setattr(suite, "Machine", Played)
    with Suite(three(), ["b", "c"], ["trixie"], keep="c", fresh=True, say=lambda _: None) as running:
        good = {block.page: running.verdict("trixie", block).good for block in three().blocks}
    assert good == {"a": False, "b": False, "c": True}


def test_a_machine_that_lies_about_versions_is_believed_nowhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Liar(Played):
        versions = dict.fromkeys(("debian", "apache", "mod_wsgi", "python"), "99")

        def ask(self, what: str, **_: object) -> dict[str, Any]:
            return super().ask(what) | self.versions | {"versions": self.versions}

    true = LABS["trixie"] | {"image": image.tag("trixie")}
    other = replace(run("one", "trixie"), versions=true)
    Results({"trixie": true}, [other]).dump(tmp_path / "results.json")
    monkeypatch.setattr(suite, "Machine", Liar)
    with made("c") as running:
        running.verdict("trixie", three().blocks[2])
    assert running.found().labs == {"trixie": true}
    write(tmp_path / "results.json", Manifest(pages(one=None), ()), running.found())
    assert other in Results.load(tmp_path / "results.json").runs


class Played(Fake):
    """One whose pages can be kept, and that has logs."""

    name = "none"
    engine = staticmethod(lambda *_, **__: "what it logged")

    def commit(self, *_: object) -> None:
        pass


def played(manifest: Manifest, failures: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run all pages on machines that are none, on which a block fails that says so; return what is told."""

    def run(course: Course, block: Block) -> None:
        if "fails" in block.text:
            raise Failed(f"{block.at(0)}: $ fails\n  what came back: nothing")
        course.verdicts[block.id] = Verdict("passed", "run")

    monkeypatch.setattr(suite, "Machine", Played)
    monkeypatch.setattr(Course, "run", run)
    monkeypatch.setattr(Course, "finish", lambda _: None)
    said: list[str] = []
    names = [page.page for page in manifest.pages]
    with Suite(manifest, names, ["trixie"], fresh=True, failures=failures, say=said.append) as running:
        for block in manifest.blocks:
            running.verdict("trixie", block)
    return said


def test_each_page_is_told_and_a_failing_one_leaves_what_it_knows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = played(three(c="$ fails"), tmp_path, monkeypatch)
    assert sorted(re.findall(r"\d of 3 pages", " ".join(said))) == ["1 of 3 pages", "2 of 3 pages", "3 of 3 pages"]
    (at,) = (n for n, line in enumerate(said) if "not as shown" in line)
    assert re.match(r"c on trixie: 1 of 1 blocks not as shown, 0\.\d s \(\d of 3 pages", said[at])
    assert said[at + 1] == "  c.rst:5: $ fails"
    assert (tmp_path / "c/trixie/messages.txt").read_text() == "c.rst:5: $ fails\n  what came back: nothing\n"
    assert not (tmp_path / "a").exists()
    assert not any("not as shown" in line for line in played(three(), tmp_path, monkeypatch))
    assert not (tmp_path / "c/trixie").exists()
