"""Says which step is done and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Say = Callable[[str], None]


class Steps:
    """The steps of a walk, numbered, each with its time.

    Args:
        say: Prints one line.
        total: How many there will be.
    """

    def __init__(self, say: Say, total: int) -> None:
        self._say = say
        self._total = total
        self._times: list[tuple[str, float]] = []

    @contextmanager
    def step(self, title: str) -> Iterator[Say]:
        """One step; what it says is indented below its title."""
        self._say(f"[{len(self._times) + 1}/{self._total}] {title}")
        started = time.perf_counter()
        yield lambda line: self._say(f"      {line}")
        took = time.perf_counter() - started
        self._times.append((title, took))
        self._say(f"      {took:.2f} s")

    def summary(self) -> None:
        """Says the time of every step and of all together."""
        width = max(len(title) for title, _ in self._times)
        for title, took in self._times:
            self._say(f"{title:{width}}  {took:7.2f} s")
        self._say(f"{'all together':{width}}  {sum(took for _, took in self._times):7.2f} s")
