"""``make watch``: a page runs again, from the block that was changed, whenever something that it is made from is saved.

``python -m tools.watch PAGE LAB``. Faults begin with file and line, so that an editor can jump to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial

import watchfiles

from lab.machine import Machine
from project import ROOT
from runner.page import checked_here
from runner.rerun import Reruns
from snippets.build import manifest
from tools import cli
from tools.try_page import state_of

WATCHED = ("tutorial", "slides", "snippets")


def _saves() -> Iterator[None]:
    """Yield at once, and then whenever something was saved; what is saved meanwhile is not missed."""
    folders = (ROOT / name for name in WATCHED)
    for n, saved in enumerate(watchfiles.watch(*folders, rust_timeout=500, yield_on_timeout=True)):
        if saved or n == 0:
            yield


def watch(page: str, lab: str, say: Callable[[str], None]) -> None:
    """Watch a page until Ctrl-C.

    :raises EngineError: there is no engine, or no image can be had
    :raises MachineError: a page that leads to this one does not pass
    :raises PlanError: there is no such page
    """
    running: Reruns | None = None
    with ExitStack() as stack:
        for _ in _saves():
            try:
                pages = manifest()
            except ValueError as error:
                say(str(error).replace(f"{ROOT}/", ""))
                continue
            if not running:
                boot = partial(Machine, *state_of(page, "start", lab))
                running = stack.enter_context(closing(Reruns(boot, say)))
            if blocks := checked_here(pages.page(page), pages.of(page, lab)):
                running.saved(blocks)
            else:
                say(f"no blocks on {page}: there is nothing to run")


def main(page: str, lab: str) -> int:
    """Watch; return the exit status."""
    try:
        watch(page, lab, lambda what: print(what, flush=True))
    except KeyboardInterrupt:
        print()
    return 0


if __name__ == "__main__":
    cli.run(main, "tools.watch PAGE LAB")
