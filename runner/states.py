"""States: images of pages' ends, from which others start. Their names, their removal, and who may remove them.

Nobody may while another command of this checkout may start from them.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from lab import machine
from lab.engine import Engine
from lab.owner import abandoned, checkout, scratch
from onefile import checksum
from project import ROOT
from runner import examined, unchanged
from snippets.manifest import Manifest

#: What decides how a block is checked: what an earlier one of these has passed may fail now. And the agent, which the
#: name of each state has.
DECIDES = (
    "_ext/snippets/manifest.py", "_ext/snippets/transcript.py",
    "lab/engine.py", "lab/machine.py", "lab/original.py", "lab/rights.py", "lab/tree.py",
    "runner/access.py", "runner/course.py", "runner/examined.py",
    "runner/fragments.py", "runner/page.py", "runner/plan.py",
    "runner/screen.py", "runner/suite.py", "runner/told.py", "runner/unchanged.py", "runner/verdict.py",
)  # fmt: skip
CHECKER = hashlib.sha256(b"".join((ROOT / file).read_bytes() for file in DECIDES)).hexdigest()


@dataclass(frozen=True)
class States:
    """The states of a manifest's pages on labs' images, by lab."""

    manifest: Manifest
    images: Mapping[str, str]

    def name(self, lab: str, page: str) -> str:
        """Name the image of a page's end by all that made it."""
        start = self.manifest.page(page).starts_from
        before = self.name(lab, start) if start else self.images[lab]
        made = [before, [block.part + block.digest for block in self.manifest.of(page, lab)], machine.AGENT_DIGEST]
        made.append(unchanged.DIGEST if self.is_started_from(page) else "")
        digest = hashlib.sha256(json.dumps(made).encode()).hexdigest()[:12]
        return f"localhost/lab-state:{lab}-{re.sub('[^a-z0-9-]', '-', page)}-{digest}"

    def key(self, lab: str, page: str) -> str:
        """Name all that a page's verdicts depend on: its blocks, its start, the lab's image, the checker."""
        named = [block.options.get("doctor", "") for block in self.manifest.of(page, lab)]
        made = f"{self.name(lab, page)} {CHECKER} {checksum(examined.program())} {named}"
        return hashlib.sha256(made.encode()).hexdigest()[:16]

    def is_started_from(self, page: str) -> bool:
        """Tell whether another page starts from this one's end."""
        return any(other.starts_from == page for other in self.manifest.pages)

    def remove_old(self, engine: Engine, labs: Iterable[str], say: Callable[[str], None]) -> None:
        """Remove the states that no page of this checkout starts from any more, or whose checkout is gone."""
        starts = {page.starts_from for page in self.manifest.pages if page.starts_from}
        current = {self.name(lab, start) for lab in labs for start in starts}
        outdated = []
        for old in engine.labelled("state", images=True):
            other_lab = old["tag"] and not re.search(rf":({'|'.join(labs)})-", old["tag"])
            ours = old["owner"] == checkout(ROOT) or abandoned(old["owner"])
            if ours and old["tag"] not in current and not other_lab:
                outdated.append(old["id"])
        if outdated:  # most of a second each
            say(f"removing {len(outdated)} images that no page starts from any more")
        for image_id in outdated:
            engine("rmi", image_id, quiet=True)


def share(say: Callable[[str], None]) -> None:
    """Have no other command remove states for as long as this process lives; wait for one that does.

    :param say: told of the wait
    """
    try:
        fcntl.flock(_lock(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        say("waiting: another command is removing old images")
        fcntl.flock(_lock(), fcntl.LOCK_SH)


@contextmanager
def alone(say: Callable[[str], None]) -> Iterator[bool]:
    """Tell whether no other command uses states, and keep it so; what was seen of them before may have gone meanwhile.

    Afterwards they are shared again.
    """
    try:
        fcntl.flock(_lock(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        free = True
    except BlockingIOError:  # now nothing is held: a lock is not exchanged in one step
        free = False
    try:
        yield free
    finally:
        share(say)


@functools.cache
def _lock() -> IO[str]:
    return (scratch() / "states").open("w")
