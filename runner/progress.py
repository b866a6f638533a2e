"""Progress: where a run is, and about how long it will take.

On a terminal one line is rewritten; elsewhere each page that is through has a line of its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping

#: What has to be done before the rest can be guessed from it.
ENOUGH = 0.1


class Progress:
    """Counts the pages of a run; its methods may be called from any thread.

    :ivar say: takes a line that stays
    :ivar show: takes the line that the next one replaces, where there is a terminal
    """

    def __init__(
        self,
        weights: Mapping[Hashable, float],
        say: Callable[[str], None],
        show: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin.

        :param weights: by page, about how much there is to do: seconds, or whatever grows as they do
        """
        self.say, self.show, self._clock = say, show, clock
        self._weights, self._began = weights, clock()
        self._running: set[Hashable] = set()
        self._through: set[Hashable] = set()
        self._lock = threading.Lock()

    def started(self, page: Hashable) -> None:
        """Tell that a page runs now."""
        with self._lock:
            self._running.add(page)
            if self.show:
                self.show(self._line())

    def ended(self, page: Hashable, what: str, fault: str = "") -> None:
        """Tell that a page is through.

        :param what: what there is to say of it
        :param fault: what is wrong, which is said on a terminal too
        """
        with self._lock:
            self._running.discard(page)
            self._through.add(page)
            if not self.show:
                self.say(f"{what} ({self._line()})")
            elif fault:
                self.say(what)
            if fault:
                self.say(f"  {fault}")
            if self.show:
                self.show(self._line())

    def _line(self) -> str:
        count = len(self._weights)
        said = [f"{len(self._through)} of {count} page{'' if count == 1 else 's'}"]
        if self._running:
            said.append(f"{len(self._running)} running")
        if left := self._left():
            said.append(f"about {left} left")
        return ", ".join(said)

    def _left(self) -> str:
        """Return about how long the rest takes at the pace so far; nothing at the beginning and at the end."""
        whole = sum(self._weights.values())
        done = sum(self._weights[page] for page in self._through)
        if done < ENOUGH * whole or len(self._through) == len(self._weights):
            return ""
        seconds = (self._clock() - self._began) * (whole - done) / done
        return f"{round(seconds / 60)} min" if seconds > 90 else f"{max(round(seconds, -1), 10):.0f} s"
