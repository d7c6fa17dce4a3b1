"""After a worker's end: whatever it left behind is found and ended."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from brygga_server import orphans
from brygga_server.front.worker import Worker

_VISIT_EVERY = 0.25
_VISIT_FOR = 3.0  # seconds after a worker's end: what it forked may come to us only later


class OrphanReaper:
    """Ends adopted processes that belong to no living worker.

    Whoever outlives its parent becomes a child of the front. It may have a session of its own and
    have cleaned its environment, so it is not asked whose it was, but whether it is anybody's: what
    a living worker has put aside, and can be told by its session or its environment, stays.
    """

    def __init__(self, living: Callable[[], Iterable[Worker]]) -> None:
        self._living = living
        self._session = os.getsid(0)  # of the front and what it starts for itself
        self._until = 0.0
        self._next_visit = 0.0

    def dig(self, now: float) -> None:
        """A worker has ended."""
        self._until = now + _VISIT_FOR
        self._clean(now)

    def look(self, now: float) -> None:
        """Called a few times a second."""
        if self._next_visit <= now < self._until:
            self._clean(now)

    def _clean(self, now: float) -> None:
        self._next_visit = now + _VISIT_EVERY
        living = list(self._living())
        orphans.kill_left_behind(
            lambda child: child.session != self._session and not any(w.owns(child) for w in living)
        )
