"""``make soak RUNS=50``: the suite again and again, its pages in another order each time, beside a busy core.

What fails here and not in ``make snippets-test`` waits for a time where it should wait for a condition. ``SEED``
repeats the orders of a run.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator

from lab import image
from runner.suite import Suite
from snippets.build import manifest
from snippets.manifest import Manifest
from tools import cli


@contextlib.contextmanager
def busy(cores: int) -> Iterator[None]:
    """Keep some cores busy."""
    spin = f"import os\nwhile os.getppid() == {os.getpid()}: pass"  # not longer than this runs
    processes = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(cores)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def once(pages: Manifest, labs: list[str], seed: int) -> list[str]:
    """Run all pages afresh in an order of their own; return what is said of the blocks that are not good."""
    names = [page.page for page in pages.pages]
    order = random.Random(seed)
    with Suite(pages, names, labs, fresh=True, shuffled=order, say=lambda _: None) as suite:
        verdicts = [suite.verdict(lab, block) for lab in labs for block in pages.blocks if block.is_on(lab)]
    return [verdict.message for verdict in verdicts if not verdict.good]


def main(times: str, lab: str, drawn: str) -> int:
    """Run and tell; return the exit status."""
    if not times.isdecimal() or not (drawn or "0").isdecimal():
        raise ValueError(f"RUNS={times} SEED={drawn}: they must be numbers")
    runs, seed = int(times), int(drawn) if drawn else random.SystemRandom().randrange(1 << 32)
    labs = list(image.LABS) if lab == "all" else [lab]
    if not set(labs) <= set(image.LABS):
        raise ValueError(f"no lab {lab!r}; there are: {', '.join(image.LABS)}, all")
    pages, failed = manifest(), 0
    print(f"{runs} runs on {', '.join(labs)}, one core busy; SEED={seed} repeats them", flush=True)
    with busy(max(1, (os.cpu_count() or 1) - 1)):
        for n in range(runs):
            began = time.monotonic()
            said = once(pages, labs, seed + n)
            failed += bool(said)
            outcome = f"{len(said)} blocks not as shown" if said else "passed"
            took = f"{time.monotonic() - began:.0f} s"
            print("\n".join([f"run {n + 1} of {runs}: {outcome}, {took}; {failed} failed so far", *said]), flush=True)
    print(f"{failed} of {runs} runs failed")
    return 1 if failed else 0


if __name__ == "__main__":
    cli.run(main, "tools.soak RUNS LAB [SEED]", ValueError)
