"""The suite: all pages on all labs, side by side. In one piece: its threads share the state of one object."""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from random import Random

from lab import image, original
from lab.engine import Engine, EngineError
from lab.machine import Machine, MachineError
from lab.owner import checkout
from project import ROOT
from runner import failure, states, times, unchanged
from runner.course import Course
from runner.page import checked_here, parts, through
from runner.plan import plan, shown_from, writer_of
from runner.progress import Progress
from runner.results import passed
from runner.states import States
from runner.verdict import Difference, Verdict
from runner.versions import versions
from snippets.manifest import Block, Manifest, Page
from snippets.results import Result, Results, Run, Versions

AT_ONCE = 2 * (os.cpu_count() or 1)  # pages: most of a page is waiting for others
Job = tuple[str, str]  # lab, page


class Suite:
    """Runs pages in the background; :meth:`verdict` waits for a block's.

    Use it in a ``with`` statement: leaving it ends what still runs and removes its machines.
    """

    def __init__(
        self,
        manifest: Manifest,
        wanted: Iterable[str],
        labs: Iterable[str],
        *,
        keep: Iterable[str] = (),
        kept: Results | None = None,
        fresh: bool = False,
        differences: list[Difference] | None = None,
        shuffled: Random | None = None,
        failures: Path | None = None,
        say: Callable[[str], None] = print,
        show: Callable[[str], None] | None = None,
    ) -> None:
        """Prepare the engine and the images, if anything has to run.

        :param wanted: names of the pages whose blocks are asked for
        :param keep: names of pages whose ends are kept as states; the end of any that another starts from is
        :param kept: what earlier runs have left: a page that passed as it is now does not run again
        :param fresh: don't use anything that an earlier run has left
        :param differences: takes each output that is not what its page shows, which then fails nothing
        :param shuffled: draws the order of pages that need not wait for one another
        :param failures: a folder for what a machine knows of its page's failure
        :param say: told of progress
        :param show: told of progress by a line that the next one replaces: there is a terminal
        :raises EngineError: there is no engine, or no image can be had
        :raises PlanError: the pages do not fit together
        """
        self.manifest, self.fresh, self.differences, self.say = manifest, fresh, differences, say
        self.wanted, self.keep = set(wanted), set(keep)
        self.labs, self.shuffled, self.failures = tuple(labs), shuffled, failures
        self.needs = plan(manifest, self.wanted | self.keep)
        #: Pages whose ends are kept: others start from them.
        self.starts = {start for name in self.needs if (start := manifest.page(name).starts_from)} | self.keep
        #: Pages whose verdicts somebody asks for; of any other, the end is enough.
        self.told = self.wanted.union(*(shown_from(manifest, name) for name in self.wanted))
        self.images = {lab: image.tag(lab) for lab in self.labs}
        self.states = States(manifest, self.images)
        #: Versions by lab, of its plain image: what a machine says of itself counts nowhere.
        self.versions: dict[str, Versions] = {}
        #: Seconds by job: the whole page, with its machine's boot and removal.
        self.seconds: dict[Job, float] = {}
        #: Seconds of these in which a reader would wait too.
        self.waited: dict[Job, float] = {}
        self._verdicts: dict[tuple[str, str], Future[Verdict]] = {
            (lab, block.id): Future() for lab in self.labs for page in self.needs for block in manifest.of(page, lab)
        }
        self._unchanged = self._passed_before(kept or Results())
        states.share(say)  # what is there is to stay there
        self._to_run = self._needed()
        if self._to_run:
            self.images.update({lab: image.ensure(self.engine, lab) for lab in self.labs})
            self._unchanged = self._passed_before(kept or Results())  # on another archive's, if it has to be
            for lab, plain in self.images.items():
                self.versions[lab] = versions(self.engine, plain) | {"image": plain}
            with states.alone(say) as alone:
                if alone:
                    self.states.remove_old(self.engine, self.labs, say)
            self._to_run = self._needed()
        if told := sum(page in self.told for _, page in self._unchanged):
            say(f"unchanged since they passed: {told} of {len(self.labs) * len(self.told)} pages (FRESH=1 runs them)")
        self._progress = Progress(
            {job: times.expected(self.manifest.of(job[1], job[0])) for job in self._to_run}, say, show
        )
        self._machines: set[Machine] = set()
        #: What the labs' images have, by lab, read when it is asked for.
        self._plain: dict[str, original.Original] = {}
        self._reading = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="suite")

    @cached_property
    def engine(self) -> Engine:
        """Find the engine, and remove what earlier runs have left in it.

        :raises EngineError: there is none
        """
        engine = Engine.find()
        engine.sweep()
        return engine

    def __enter__(self) -> Suite:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        with ExitStack() as stack:  # a machine that cannot be removed keeps none of the others
            stack.callback(self._thread.join)
            for running in list(self._machines):
                stack.callback(running.close)

    def verdict(self, lab: str, block: Block) -> Verdict:
        """Wait for a block's verdict.

        :raises Exception: what has ended the suite before there was one
        """
        return self._verdicts[lab, block.id].result()

    def found(self) -> Results:
        """Return what is known by now of the pages that were asked for."""
        jobs = [(lab, page.page) for lab in self.labs for page in self.manifest.pages if page.page in self.wanted]
        runs = [run for job in jobs if (run := self._run_of(job))]
        return Results({run.lab: self.versions.get(run.lab, run.versions) for run in runs}, runs)

    def _run_of(self, job: Job) -> Run | None:
        """Return what became of a page, if it is through; one that did not run has its day and versions from before."""
        lab, page = job
        blocks = self.manifest.of(page, lab)
        if not all(self._has_verdict(lab, block) for block in blocks):
            return None
        results = []
        for block in blocks:
            verdict = self.verdict(lab, block)
            result = Result(block.digest, verdict.outcome, verdict.checked, block.id, round(verdict.seconds, 3))
            results.append(result)
        before = self._unchanged.get(job)
        when = before.when if before else datetime.now(UTC).date().isoformat()
        versions = before.versions if before else self.versions.get(lab, {})
        return Run(page, lab, versions, when, tuple(results), self.states.key(lab, page))

    def _has_verdict(self, lab: str, block: Block) -> bool:
        future = self._verdicts[lab, block.id]
        return future.done() and not future.exception()

    def time(self) -> str:
        """Say how long the pages took."""
        return times.told({job: self.manifest.of(job[1], job[0]) for job in self.seconds}, self.seconds, self.waited)

    # -- Pages side by side ------------------------------------------------------------------

    def _run(self) -> None:
        """Run the pages; who waits for a verdict is told if that itself fails."""
        try:
            self._run_pages()
        except BaseException as error:
            for future in self._verdicts.values():
                if not future.done():
                    future.set_exception(error)

    def _run_pages(self) -> None:
        order = TopologicalSorter(
            {(lab, page): [(lab, need) for need in needs] for lab in self.labs for page, needs in self.needs.items()}
        )
        order.prepare()
        running: dict[Future[None], Job] = {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while order.is_active() and not self._closing.is_set():
                # Those first that most is left to do after, so that no long page runs alone at the end.
                ready = sorted(order.get_ready(), key=self._left, reverse=True)
                if self.shuffled:
                    self.shuffled.shuffle(ready)
                for job in ready:
                    running[pool.submit(self._page, job)] = job
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()  # a page that could not even be given its verdicts ends the suite
                    order.done(running.pop(future))

    def _left(self, job: Job) -> int:
        """Return how many blocks there are on a page and on all that wait for it."""
        lab, name = job
        waiting = [(lab, other) for other, needs in self.needs.items() if name in needs]
        return len(self.manifest.of(name, lab)) + sum(map(self._left, waiting))

    def _page(self, job: Job) -> None:
        """Run one page and give each of its blocks a verdict, whatever happens.

        But for the end of the suite itself: what that breaks off has none.
        """
        lab, name = job
        blocks = self.manifest.of(name, lab)
        started = time.monotonic()
        broken = ""
        if job in self._to_run:
            self._progress.started(job)
            if self.failures:
                failure.forget(self.failures / name / lab)
        try:
            verdicts = self._verdicts_of(job, self.manifest.page(name), blocks)
        except (EngineError, MachineError) as error:
            verdicts = {}
            broken = f"{blocks[0].at(0)}: {error}" if blocks else str(error)
        except Exception:  # a fault of the suite is nobody's success
            verdicts = {}
            broken = f"the suite failed: {traceback.format_exc()}"
        if self._closing.is_set():
            return
        for n, block in enumerate(blocks):
            without = Verdict("failed" if n == 0 else "not run", "", broken)
            self._verdicts[lab, block.id].set_result(verdicts.get(block.id, without))
        if job in self._to_run:
            self.seconds[job] = time.monotonic() - started
            bad = [verdict for block in blocks if not (verdict := self._verdicts[lab, block.id].result()).good]
            what = f"{len(bad)} of {len(blocks)} blocks not as shown" if bad else f"{len(blocks)} blocks"
            first = bad[0].message.partition("\n")[0] if bad else ""
            self._progress.ended(job, f"{name} on {lab}: {what}, {self.seconds[job]:.1f} s", first)

    def _verdicts_of(self, job: Job, page: Page, blocks: list[Block]) -> dict[str, Verdict]:
        lab, name = job
        if job in self._to_run:
            start = self.images[lab]
            if page.starts_from:
                if broken := self._broken((lab, page.starts_from)):
                    return {block.id: Verdict("not run", "", broken) for block in blocks}
                start = self.states.name(lab, page.starts_from)
            kept = self.states.name(lab, name) if name in self.starts else None
            own = checked_here(page, blocks)
            verdicts = dict[str, Verdict]()
            for part in parts(own) or ([[]] if kept else []):
                verdicts |= self._on_machine(lab, start, part, kept)
        else:
            verdicts = {block.id: Verdict("passed") for block in blocks}
            if before := self._unchanged.get(job):
                for block, result in zip(blocks, before.results, strict=True):
                    verdicts[block.id] = Verdict(result.outcome, result.checked, seconds=result.seconds)
        for block in blocks:
            if block.is_region and "fails" not in block.options:
                verdicts[block.id] = self._of_region(lab, block, verdicts)
        return verdicts

    def _of_region(self, lab: str, block: Block, here: dict[str, Verdict]) -> Verdict:
        """Return the verdict on a region of a listing: its own, or that of the block that writes the listing."""
        own, writer = here.get(block.id), writer_of(self.manifest, block, lab)
        whole = None
        if writer:
            whole = here.get(writer.id) or self._verdicts[lab, writer.id].result()
        if own:
            return replace(own, checked="run") if whole and (own.outcome, whole.checked) == ("passed", "run") else own
        if not whole or not writer:
            return Verdict("failed", "", f"{block.at(0)}: no page writes {block.listing}")
        if whole.outcome != "passed":
            return Verdict("not run", "", f"not run: {writer.at(0)} failed")
        return whole

    @contextmanager
    def _machine(self, start: str) -> Iterator[Machine]:
        """Give a machine that the end of the suite closes, if it comes first."""
        with Machine(self.engine, start) as running:
            self._machines.add(running)
            try:
                yield running
            finally:
                self._machines.discard(running)

    def _on_machine(self, lab: str, start: str, blocks: list[Block], kept: str | None) -> dict[str, Verdict]:
        """Go through a page from top to bottom on a machine of its own."""
        with self._machine(start) as running:
            course = Course(running, self.differences)
            if through(course, blocks, self._closing):
                course.finish()
            if kept and all(verdict.good for verdict in course.verdicts.values()):
                self._keep(running, lab, kept, blocks, course)
            bad = [verdict.message for verdict in course.verdicts.values() if not verdict.good]
            if bad and self.failures:
                failure.leave(running, self.failures / blocks[0].page / lab / blocks[0].part, bad)
            self.waited[lab, blocks[0].page] = self.waited.get((lab, blocks[0].page), 0) + course.waited
            return course.verdicts

    def _keep(self, running: Machine, lab: str, kept: str, blocks: list[Block], course: Course) -> None:
        """Keep a page's end; if others start from it, its last block fails for what would change their instruments."""
        if not blocks or not self.states.is_started_from(blocks[0].page):
            running.commit(kept, checkout(ROOT))
            return
        shown, name = list[Block](), blocks[0].page
        while name:
            shown += self.manifest.of(name, lab)
            name = self.manifest.page(name).starts_from or ""
        with self._reading:
            if lab not in self._plain:
                self._plain[lab] = original.Original.of(self.engine, self.images[lab])
        if found := unchanged.keep(running, kept, self._plain[lab], shown, checkout(ROOT)):
            course.verdicts[blocks[-1].id] = Verdict("failed", "", f"{blocks[-1].at(0)}: {unchanged.told(found)}")

    # -- What earlier runs have left ---------------------------------------------------------

    def _passed_before(self, kept: Results) -> dict[Job, Run]:
        """Return the runs of the pages that passed as they are."""
        jobs = [] if self.fresh else [(lab, name) for lab in self.labs for name in self.needs]
        found = {
            (lab, name): passed(kept, lab, name, self.states.key(lab, name), self.manifest.of(name, lab))
            for lab, name in jobs
        }
        return {job: run for job, run in found.items() if run}

    def _needed(self) -> set[Job]:
        """Return the pages that have to run: for their verdicts, or for an end that has not been kept."""
        if self.fresh:
            return {(lab, name) for lab in self.labs for name in self.needs}
        needed: set[Job] = set()
        rest = {(lab, name) for lab in self.labs for name in self.told} - self._unchanged.keys()
        rest |= {job for lab in self.labs for name in self.keep if not self._has_end(job := (lab, name))}
        while rest:
            needed.add(job := rest.pop())
            lab, name = job
            start = self.manifest.page(name).starts_from
            if start and (lab, start) not in needed and not self._has_end((lab, start)):
                rest.add((lab, start))
        return needed

    def _has_end(self, job: Job) -> bool:
        return self.engine.exists(self.states.name(*job))

    def _broken(self, job: Job) -> str:
        """Say which block of a page did not pass, and how, if that is told nowhere else."""
        lab, name = job
        for block in self.manifest.of(name, lab):
            verdict = self._verdicts[lab, block.id].result()
            if not verdict.good:
                why = "" if name in self.wanted else f"\n{verdict.message}"
                return f"not run: {block.at(0)} failed{why}"
        return ""
