"""An event loop whose time stands still until somebody moves it."""

from __future__ import annotations

import heapq
import select
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count


@dataclass(slots=True)
class Call:
    """A call that is still to come."""

    callback: Callable[..., object]
    arguments: tuple[object, ...]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True

    def __call__(self) -> None:
        if not self.cancelled:
            self.callback(*self.arguments)


class VirtualLoop:
    """Calls in the order of their time, readers and writers; nothing ever waits."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self._soon: deque[Call] = deque()
        self._later: list[tuple[float, int, Call]] = []
        self._order = count()
        self._watched: dict[int, list[Call | None]] = {}  # by descriptor: reader, writer
        self._poll = select.poll()

    def time(self) -> float:
        return self.now

    def call_soon(self, callback: Callable[..., object], *args: object) -> Call:
        call = Call(callback, args)
        self._soon.append(call)
        return call

    def call_later(self, delay: float, callback: Callable[..., object], *args: object) -> Call:
        call = Call(callback, args)
        heapq.heappush(self._later, (self.now + delay, next(self._order), call))
        return call

    def add_reader(self, fd: int, callback: Callable[..., object], *args: object) -> None:
        self._watch(fd, 0, Call(callback, args))

    def remove_reader(self, fd: int) -> bool:
        return self._watch(fd, 0, None)

    def add_writer(self, fd: int, callback: Callable[..., object], *args: object) -> None:
        self._watch(fd, 1, Call(callback, args))

    def remove_writer(self, fd: int) -> bool:
        return self._watch(fd, 1, None)

    def settle(self) -> None:
        """All that can happen at this moment."""
        while True:
            while self._soon:
                self._soon.popleft()()
            if self._later and self._later[0][0] <= self.now:
                heapq.heappop(self._later)[2]()
                continue
            ready = self._poll.poll(0) if self._watched else []
            for fd, events in sorted(ready):
                reader, writer = self._watched.get(fd, (None, None))
                if reader is not None and events & ~select.POLLOUT:
                    reader()
                elif writer is not None and events & ~select.POLLIN:
                    writer()
            if not ready and not self._soon:
                return

    def advance(self, seconds: float) -> None:
        """Time passes, and all that is due in it happens in its turn."""
        until = self.now + seconds
        self.settle()
        while self._later and self._later[0][0] <= until:
            self.now = max(self.now, self._later[0][0])
            self.settle()
        self.now = until
        self.settle()

    def _watch(self, fd: int, place: int, call: Call | None) -> bool:
        found = self._watched.setdefault(fd, [None, None])
        before, found[place] = found[place], call
        mask = (select.POLLIN if found[0] else 0) | (select.POLLOUT if found[1] else 0)
        if mask:
            self._poll.register(fd, mask)
        else:
            del self._watched[fd]
            if before is not None:
                self._poll.unregister(fd)
        return before is not None
