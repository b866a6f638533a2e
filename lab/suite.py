"""The suite: all pages on all labs, side by side, each when the page it starts from is through."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from lab import image, machine
from lab.blocks import Course, Difference, Failed, Verdict
from lab.engine import LABEL, Engine, EngineError
from lab.machine import Machine, MachineError
from snippets.manifest import Block, Manifest, Page
from snippets.results import Results

ROOT = Path(__file__).parent.parent
Job = tuple[str, str]  # lab, page


class PlanError(ValueError):
    """The pages do not fit together: an unknown page, a circle."""


def plan(manifest: Manifest, wanted: Iterable[str]) -> dict[str, set[str]]:
    """Return the pages to run for the wanted ones, each with those it has to wait for.

    A page waits for the one it starts from, and for those whose listings it shows.

    :raises PlanError: a page starts from one that does not exist, or from itself in the end
    """
    pages = {page.page: page for page in manifest.pages}
    needs: dict[str, set[str]] = {}
    rest = list(wanted)
    while rest:
        name = rest.pop()
        if name in needs:
            continue
        page = pages[name]
        if page.starts_from and page.starts_from not in pages:
            raise PlanError(f"{page.start_at}: ':starts-from: {page.starts_from}': there is no such page")
        starts = {page.starts_from} if page.starts_from else set()
        needs[name] = starts | (shown_from(manifest, name) - {name})
        rest += needs[name]
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle = [pages[name] for name in error.args[1]]
        place = next((page.start_at for page in circle if page.starts_from), circle[0].source)
        names = " → ".join(page.page for page in circle)
        raise PlanError(f"{place}: pages start from each other, or show each other's listings: {names}") from None
    return needs


def shown_from(manifest: Manifest, page: str) -> set[str]:
    """Return the pages that write the listings of which a page shows regions."""
    regions = [block for block in manifest.of(page) if block.role == "fragment" and block.listing]
    return {writer.page for block in regions if (writer := writer_of(manifest, block))}


def writer_of(manifest: Manifest, block: Block) -> Block | None:
    """Return the block that writes the listing of which another shows a region."""
    writers = [other for other in manifest.blocks if other.role == "file" and other.listing == block.listing]
    return next((other for other in writers if other.page == block.page), writers[0] if writers else None)


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
        fresh: bool = False,
        differences: list[Difference] | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        """Prepare the engine and the images.

        :param wanted: names of the pages whose blocks are asked for
        :param keep: names of pages whose ends are kept as states; the end of any that another starts from is
        :param fresh: use no state that an earlier run has left
        :param differences: takes each output that is not what its page shows, which then fails nothing
        :param say: told of progress
        :raises EngineError: there is no engine, or no image can be had
        :raises PlanError: the pages do not fit together
        """
        self.manifest, self.fresh, self.differences, self.say = manifest, fresh, differences, say
        self.wanted = set(wanted)
        self.labs = tuple(labs)
        self.needs = plan(manifest, self.wanted.union(keep))
        #: Pages whose ends are kept: others start from them.
        self.starts = {start for name in self.needs if (start := manifest.page(name).starts_from)}.union(keep)
        #: Pages whose verdicts somebody asks for; of any other, the end is enough.
        self.told = self.wanted.union(*(shown_from(manifest, name) for name in self.wanted))
        self.engine = Engine.find()
        self.engine.sweep()
        self.images = {lab: image.ensure(self.engine, lab) for lab in self.labs}
        self._remove_old_states()
        #: Versions by lab, as its machines say.
        self.versions: dict[str, dict[str, str]] = {}
        #: Seconds by job: the whole page, with its machine's boot and removal.
        self.seconds: dict[Job, float] = {}
        self._verdicts: dict[tuple[str, str], Future[Verdict]] = {
            (lab, block.id): Future() for lab in self.labs for page in self.needs for block in manifest.of(page)
        }
        self._machines: set[Machine] = set()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="suite")

    def __enter__(self) -> Suite:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        for running in list(self._machines):
            running.close()
        self._thread.join()

    def verdict(self, lab: str, block: Block) -> Verdict:
        """Wait for a block's verdict."""
        return self._verdicts[lab, block.id].result()

    def rows(self) -> list[dict[str, object]]:
        """Return what is known by now as rows of ``results.json``."""
        by_id = {block.id: block for block in self.manifest.blocks}
        return [
            {
                "id": name,
                "lab": lab,
                "outcome": verdict.outcome,
                "checked": verdict.checked,
                "seconds": round(verdict.seconds, 3),
                "digest": by_id[name].digest,
            }
            for (lab, name), future in self._verdicts.items()
            if by_id[name].page in self.wanted and future.done() and (verdict := future.result())
        ]

    # -- Pages side by side ------------------------------------------------------------------

    def _run(self) -> None:
        order = TopologicalSorter(
            {(lab, page): [(lab, need) for need in needs] for lab in self.labs for page, needs in self.needs.items()}
        )
        order.prepare()
        running: dict[Future[None], Job] = {}
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            while order.is_active() and not self._closing.is_set():
                for job in order.get_ready():
                    running[pool.submit(self._page, job)] = job
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    order.done(running.pop(future))

    def _page(self, job: Job) -> None:
        """Run one page and give each of its blocks a verdict, whatever happens.

        But for the end of the suite itself: what that breaks off has none.
        """
        lab, name = job
        blocks = self.manifest.of(name)
        started = time.monotonic()
        broken = ""
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
        self.seconds[job] = time.monotonic() - started
        self.say(f"{name} on {lab}: {len(blocks)} blocks, {self.seconds[job]:.1f} s")

    def _verdicts_of(self, job: Job, page: Page, blocks: list[Block]) -> dict[str, Verdict]:
        lab, name = job
        start = self.images[lab]
        if page.starts_from:
            if broken := self._broken((lab, page.starts_from)):
                return {block.id: Verdict("not run", "", broken) for block in blocks}
            start = self.state(lab, page.starts_from)
        kept = self.state(lab, name) if name in self.starts else None
        if kept and name not in self.told and not self.fresh and self.engine.exists(kept):
            return {block.id: Verdict("passed") for block in blocks}
        own = [block for block in blocks if not _takes_verdict(block)]
        verdicts = self._on_machine(lab, start, own, kept) if own or kept else {}
        for block in blocks:
            if block.role == "fragment" and block.listing and "fails" not in block.options:
                verdicts[block.id] = self._of_region(lab, block, verdicts)
        return verdicts

    def _of_region(self, lab: str, block: Block, here: dict[str, Verdict]) -> Verdict:
        """Return the verdict on a region of a listing: its own, or that of the block that writes the listing."""
        own, writer = here.get(block.id), writer_of(self.manifest, block)
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

    def _on_machine(self, lab: str, start: str, blocks: list[Block], kept: str | None) -> dict[str, Verdict]:
        """Go through a page from top to bottom on a machine of its own."""
        self.say(f"{blocks[0].page} on {lab}" if blocks else lab)
        with Machine(self.engine, start) as running:
            self._machines.add(running)
            self.versions.setdefault(lab, running.versions | {"image": self.images[lab]})
            course = Course(running, self.differences)
            broken = ""
            for block in blocks:
                if self._closing.is_set():  # before this machine could be closed from outside
                    raise MachineError("the suite was stopped")
                if broken:
                    course.verdicts[block.id] = Verdict("not run", "", f"not run: {broken} failed")
                    continue
                try:
                    course.run(block)
                except (Failed, MachineError) as error:
                    message = str(error) if isinstance(error, Failed) else f"{block.at(0)}: {error}"
                    course.verdicts[block.id] = Verdict("failed", "", message)
                    # A config test leaves no trace; anything else may be what the next block builds on.
                    if block.role in ("file", "transcript") or isinstance(error, MachineError):
                        broken = block.at(0)
            if not broken:
                course.finish()
            if kept and all(verdict.outcome in ("passed", "exempt") for verdict in course.verdicts.values()):
                running.commit(kept, {LABEL: "state", f"{LABEL}.owner": str(ROOT)})
            self._machines.discard(running)
            return course.verdicts

    # -- States ------------------------------------------------------------------------------

    def _broken(self, job: Job) -> str:
        """Say which block of a page did not pass, and how, if that is told nowhere else."""
        lab, name = job
        for block in self.manifest.of(name):
            verdict = self._verdicts[lab, block.id].result()
            if verdict.outcome not in ("passed", "exempt"):
                why = "" if name in self.wanted else f"\n{verdict.message}"
                return f"not run: {block.at(0)} failed{why}"
        return ""

    def state(self, lab: str, name: str) -> str:
        """Name the image of a page's end by all that made it."""
        page = self.manifest.page(name)
        before = self.state(lab, page.starts_from) if page.starts_from else self.images[lab]
        made = [before, [block.digest for block in self.manifest.of(name)], machine.AGENT_DIGEST]
        digest = hashlib.sha256(json.dumps(made).encode()).hexdigest()[:12]
        return f"localhost/lab-state:{lab}-{re.sub('[^a-z0-9-]', '-', name)}-{digest}"

    def _remove_old_states(self) -> None:
        """Remove the states that no page of this checkout starts from any more, or whose checkout is gone."""
        starts = {page.starts_from for page in self.manifest.pages if page.starts_from}
        current = {self.state(lab, start) for lab in self.labs for start in starts}
        for old in self.engine.labelled("state", images=True):
            other_lab = old["tag"] and not re.search(rf":({'|'.join(self.labs)})-", old["tag"])
            ours = old["owner"] == str(ROOT) or not Path(old["owner"]).exists()
            if ours and old["tag"] not in current and not other_lab:
                self.engine("rmi", old["id"], quiet=True)


def _takes_verdict(block: Block) -> bool:
    """Tell whether a block has no check of its own: a region of a listing, in the deck or not of Apache."""
    region = block.role == "fragment" and bool(block.listing)
    return region and (block.page.startswith("slides/") or block.language != "apache")


def write_results(path: Path, suite: Suite) -> None:
    """Write ``results.json``: what was found now, and of before what still fits its block."""
    digests = {block.id: block.digest for block in suite.manifest.blocks}
    rows = suite.rows()
    now = {(row["id"], row["lab"]) for row in rows}
    labs: dict[str, dict[str, str]] = {}
    before: list[dict[str, Any]] = []
    try:
        Results.load(path)
        read = json.loads(path.read_text())
        labs, before = read["labs"], read["blocks"]
        rebuilt = {lab for lab, found in suite.versions.items() if labs.get(lab, found) != found}
        before = [
            row
            for row in before
            if digests.get(row["id"]) == row["digest"]
            and row["lab"] not in rebuilt
            and (row["id"], row["lab"]) not in now
        ]
    except FileNotFoundError:
        pass
    except ValueError as error:
        print(f"{error}\nIt is written anew.", file=sys.stderr)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".tmp")
    found = {"labs": labs | suite.versions, "blocks": before + rows}
    fresh.write_text(json.dumps(found, indent=1) + "\n")
    fresh.replace(path)
