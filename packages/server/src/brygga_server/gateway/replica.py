"""One replica: its connections, its readiness, its end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from brygga_server.gateway.plan import ReplicaPlan
from brygga_server.gateway.upstream import Upstream

_PROBE = "GET {} HTTP/1.1\r\nHost: replica\r\nConnection: close\r\n\r\n"
_PROBE_TIMEOUT = 3.0
_FROZEN_SECONDS = 9.0  # without an answer: what it was given is given up
_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.25
_CALM_PAUSE = 1.0
_KEPT = 256
_KEPT_SECONDS = 30.0  # less than the front's own patience with idle connections


class Replica:
    """What is known of one replica.

    Attributes:
        live: It takes requests, though it may let them wait.
        ready: It can serve now.
        doubted: A connection to it has ended, and it was not asked since.
        in_flight: Requests it has been given and has not answered.
    """

    def __init__(self, plan: ReplicaPlan, changed: Callable[[], None]) -> None:
        self.plan = plan
        self.live = False
        self.ready = False
        self.doubted = False
        self.in_flight = 0
        self._changed = changed
        self._idle: list[tuple[float, Upstream]] = []
        self._busy: set[Upstream] = set()
        self._answered_at = float("inf")  # it may take its time to start
        self._asked_soon = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def start(self) -> None:
        """Begins to look whether it is ready."""
        self._task = asyncio.ensure_future(self._watch())

    def idle(self) -> Upstream | None:
        """A connection that is open already."""
        while self._idle:
            upstream = self._idle.pop()[1]
            if not upstream.unusable and not upstream.transport.is_closing():
                self._busy.add(upstream)
                return upstream
        return None

    async def connect(self) -> Upstream:
        """A new connection.

        Raises:
            OSError: nobody listens.
        """
        loop = asyncio.get_running_loop()
        try:
            _, upstream = await loop.create_unix_connection(Upstream, self.plan.socket)
        except OSError:
            self.lost()
            raise
        self._busy.add(upstream)
        return upstream

    async def connect_for_metrics(self) -> Upstream:
        """A new connection to where it gives its metrics without a key.

        Raises:
            OSError: nobody listens.
        """
        loop = asyncio.get_running_loop()
        _, upstream = await loop.create_unix_connection(Upstream, self.plan.metrics)
        self._busy.add(upstream)
        return upstream

    def release(self, upstream: Upstream, *, reusable: bool) -> None:
        """Takes a connection back after its answer, read to its end or not."""
        self._busy.discard(upstream)
        upstream.resume()  # its asker may have been slow
        if reusable and not self._closed and len(self._idle) < _KEPT:
            self._idle.append((time.monotonic(), upstream))
        else:
            upstream.unusable = True
            upstream.transport.close()

    def doubt(self) -> None:
        """A connection ended: it is asked at once whether it is there; others come first."""
        self.doubted = True
        self._asked_soon.set()

    def lost(self) -> None:
        """Nobody listens, or it starts anew: whether it comes back is looked for at once."""
        if self.live or self.ready:
            self.live = self.ready = False
            self._changed()
        self._asked_soon.set()

    def sweep(self, now: float) -> None:
        """Gives up connections that have rested for long."""
        while self._idle and now - self._idle[0][0] > _KEPT_SECONDS:
            self._idle.pop(0)[1].transport.close()

    def close(self) -> None:
        """Gives it no more requests; those it has are answered."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        for _, upstream in self._idle:
            upstream.transport.close()
        self._idle.clear()

    async def end(self) -> None:
        """Tells it that it is not needed any more."""
        if not self.plan.end:
            return
        with contextlib.suppress(OSError):  # it has ended by itself
            _, writer = await asyncio.open_unix_connection(self.plan.end)
            writer.close()

    def found(self, *, live: bool, ready: bool, now: float) -> None:
        """Takes note of how it is; `now` in monotonic seconds."""
        self.doubted = False
        if live:
            self._answered_at = now
        elif now - self._answered_at > _FROZEN_SECONDS:
            for upstream in list(self._busy):
                upstream.expire()
        if (live, ready) != (self.live, self.ready):
            self.live, self.ready = live, ready
            self._changed()

    async def _watch(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            live, ready = await self._probe()
            self.found(live=live, ready=ready, now=time.monotonic())
            pause = _CALM_PAUSE if ready else min(pause * 1.3, _LONGEST_PAUSE)
            self._asked_soon.clear()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._asked_soon.wait(), pause)
                pause = _FIRST_PAUSE

    async def _probe(self) -> tuple[bool, bool]:
        """Whether it takes requests, and whether it says that it is ready.

        One whose workers start for the first time would refuse them.
        """
        writer: asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(_PROBE_TIMEOUT):
                reader, writer = await asyncio.open_unix_connection(self.plan.socket)
                writer.write(_PROBE.format(self.plan.ready).encode())
                said = await reader.read()
        except (OSError, TimeoutError, ValueError):
            return False, False
        finally:
            if writer is not None:
                writer.close()
        live = said.startswith(b"HTTP/1.1 ") and b'"starting"' not in said
        return live, said.startswith(b"HTTP/1.1 200 ")
