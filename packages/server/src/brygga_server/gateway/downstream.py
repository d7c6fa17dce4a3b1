"""A connection of a client: its requests, one after the other, each to the replica it fits best."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from time import perf_counter
from typing import Protocol, cast

from brygga_server.front.limits import LINGER_BYTES, LINGER_SECONDS, SLOW_READER, Limits
from brygga_server.gateway.answers import answer
from brygga_server.gateway.balancer import Balancer
from brygga_server.gateway.framing import (
    Chunks,
    FramingError,
    RequestHead,
    request_head,
    response_head,
    says_starting,
)
from brygga_server.gateway.limits import Room
from brygga_server.gateway.replica import Replica
from brygga_server.gateway.scrape import Scraper, asks_for_metrics, asks_for_nothing_but_metrics
from brygga_server.gateway.traffic import PassingTraffic
from brygga_server.gateway.upstream import Upstream

_SENT_AHEAD = 1 << 18  # what a client may send before its request is answered
_REPLAYED = 1 << 20  # a request up to this size can be given to another replica
_TRIES = 4
_WORTH_DROPPING = 65536  # bytes kept for a second try
_EMPTY = b""
_UNAVAILABLE = b"HTTP/1.1 503 "
NEVER = float("inf")


class Gateway(Protocol):
    """What a connection needs."""

    balancer: Balancer
    scraper: Scraper
    limits: Limits
    room: Room
    traffic: PassingTraffic
    connections: set[Downstream]
    now: float  # monotonic seconds, as old as the last look at the connections
    draining: bool


class Downstream(asyncio.Protocol):
    """One client."""

    __slots__ = (
        "_began", "_body", "_buffer", "_eof", "_for_metrics", "_gateway", "_head", "_left",
        "_lingered", "_paused", "_placing", "_replay", "_replica", "_sent", "_stalled",
        "_started_anew", "_tries", "_unread", "_upstream", "active", "deadline", "held",
        "slow_since", "transport",
    )  # fmt: skip

    def __init__(self, gateway: Gateway, *, for_metrics: bool = False) -> None:
        """Nobody is connected yet.

        Args:
            gateway: What it is a connection of.
            for_metrics: Whether it came through the port that has nothing else, and needs no key.
        """
        self._gateway = gateway
        self._for_metrics = for_metrics
        self.transport = cast("asyncio.Transport", None)
        self.active = False  # a request has begun and is not answered
        self.deadline = NEVER
        self.held = 0  # bytes that are kept for this client: see `Room`
        self.slow_since = NEVER  # the client does not read its answers since then
        self._buffer = _EMPTY  # what is not understood yet: a head, or requests sent ahead
        self._head = RequestHead(0, False, False)
        self._left = 0  # of the body
        self._body: Chunks | None = None
        self._replay: bytes | None = None  # the request so far, while it can be sent again
        self._sent = False  # a part of the answer has gone out
        self._began = 0.0  # perf_counter of the request, until its answer begins
        self._started_anew = False  # the replica ended and is back before that was noticed
        self._tries = 0
        self._replica: Replica | None = None
        self._placing = 0  # of replicas, taken and given back: who is late sees it by this
        self._upstream: Upstream | None = None
        self._paused = False  # we do not read
        self._stalled = False  # the client does not read
        self._unread = 0  # what it had not read when we last looked
        self._eof = False
        self._lingered = -1  # bytes that came after the last answer; -1: it has not been given

    # -- what asyncio calls ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self.transport = cast("asyncio.Transport", transport)
        gateway, limits = self._gateway, self._gateway.limits
        gateway.connections.add(self)
        self.deadline = gateway.now + limits.header_timeout
        too_many = len(gateway.connections) - limits.connections
        if too_many > limits.turned_away:
            self.transport.abort()
        elif too_many > 0:
            self._refuse(503, "Too many connections are open; try again shortly.")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """A request that waits goes with its client, also at the replica."""
        self._gateway.connections.discard(self)
        self._buffer, self._replay, self._stalled = _EMPTY, None, False
        self._account()
        if not self.active:
            return
        self.active = False
        if self._upstream is not None:
            self._upstream.give_up()
        elif self._replica is None:
            self._gateway.balancer.forget(self)
        self._give_back(reusable=False)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self._lingered >= 0:
            self._lingered += len(data)
            if self._lingered > LINGER_BYTES:
                self.transport.abort()
            return
        if self._left or self._body is not None:
            data = self._send_body(data)
        if data:
            if self._buffer:
                data = self._buffer + data
            elif not self.active:
                self.deadline = self._gateway.now + self._gateway.limits.header_timeout
            self._buffer = data
            if not self.active and not self._stalled:
                self._begin()
            elif len(data) > _SENT_AHEAD:
                self._pause()
        self._account()

    def eof_received(self) -> bool:
        """A client may end its side and wait; the replica finds out whether it is still there."""
        self._eof = True
        if self.active and self._unfinished:
            return False  # the rest of the body will never come: it is nobody's request
        upstream = self._upstream
        if self.active and upstream is not None and not upstream.transport.is_closing():
            upstream.unusable = True
            upstream.transport.write_eof()
        return self.active

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`. Until the client reads on, nothing is begun for it."""
        now = self._gateway.now
        self._stalled, self.slow_since = True, now
        self._unread = self.transport.get_write_buffer_size()
        self.deadline = now + self._gateway.limits.body_timeout
        if self._upstream is not None:
            self._upstream.pause()
        self._account()

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._stalled, self.slow_since = False, NEVER
        if self._upstream is not None:
            self._upstream.resume()
        self._account()
        if self.active:
            self.deadline = self._body_deadline()
        else:
            self._rest()

    # -- limits: see `Client` -------------------------------------------------------------------

    @property
    def idle(self) -> bool:
        """Whether the client rests between two requests."""
        return not self.active and not self._buffer and self._lingered < 0

    def expire(self) -> None:
        """Its time is over: it rests, or neither sends nor reads what it should."""
        self.deadline = NEVER
        if self._stalled and self._reads_on():
            self.deadline = self._gateway.now + self._gateway.limits.body_timeout
        elif self._stalled:
            self.transport.abort()
        elif self.active and self._unfinished:
            self._cut(408, "The rest of the request did not come in time.")
        elif not self.active and self._buffer and self._lingered < 0:
            self._refuse(408, "The rest of the request did not come in time.")
        elif not self.active:
            self.transport.close()

    def forgo(self) -> None:
        """Keeps its request no longer for a second try, which is for small ones."""
        if self._upstream is not None and len(self._replay or _EMPTY) > _WORTH_DROPPING:
            self._replay = None
            self._account()

    def cut(self) -> None:
        """What is kept for it is needed for others."""
        if self._stalled or self._lingered >= 0 or self._sent:
            self.transport.abort()
        elif self.active:
            self._cut(503, "The service is busy; try again shortly.")
        else:
            self._refuse(503, "The service is busy; try again shortly.")
        self._buffer, self._replay, self._stalled = _EMPTY, None, False
        self._account()

    def _account(self) -> None:
        size = len(self._buffer) + len(self._replay or _EMPTY)
        if self._stalled:
            size += self.transport.get_write_buffer_size()
        if size != self.held:
            self._gateway.room.keep(self, size)

    def _reads_on(self) -> bool:
        """Whether the client has read a fair part of its answer since we last looked."""
        before, self._unread = self._unread, self.transport.get_write_buffer_size()
        return before - self._unread >= SLOW_READER * self._gateway.limits.body_timeout

    @property
    def _unfinished(self) -> bool:
        """Whether more of the request has to come."""
        return self._left > 0 or self._body is not None

    def _body_deadline(self) -> float:
        """While a request runs, its client owes nothing but the rest of the body."""
        if not self._unfinished or self._paused:
            return NEVER
        return self._gateway.now + self._gateway.limits.body_timeout

    # -- the request ----------------------------------------------------------------------------

    def _begin(self) -> None:
        """Reads a head and looks for a replica."""
        data = self._buffer.lstrip(b"\r\n") if self._buffer[:1] in b"\r\n" else self._buffer
        end = data.find(b"\r\n\r\n") + 4
        if end < 4:
            self._buffer = data
            if len(data) > self._gateway.limits.header_bytes:
                self._refuse(431, "The head of the request is too large.")
            return
        try:
            head = self._head = request_head(data[:end])
            stop = end + head.length
            self._left = max(0, stop - len(data))
            if head.chunked:
                self._body = Chunks()
                stop = end + self._body.feed(data[end:])
                if self._body.done:
                    self._body = None
        except FramingError as error:
            self._refuse(400, str(error))
            return
        self._replay, self._buffer = data[:stop], data[stop:]
        self.active, self._sent, self._tries = True, False, 0
        self._began = 0.0 if self._for_metrics else perf_counter()
        self.deadline = self._body_deadline()
        if self._for_metrics and not asks_for_nothing_but_metrics(self._replay):
            self._cut(404, "Only /metrics is here.")
            return
        self._gateway.balancer.place(self)

    def _send_body(self, data: bytes) -> bytes:
        """Passes on what belongs to the body of the request; returns the rest."""
        if self._body is not None:
            try:
                size = self._body.feed(data)
            except FramingError as error:
                self._cut(400, str(error))
                return _EMPTY
            if self._body.done:
                self._body = None
        else:
            size = min(self._left, len(data))
            self._left -= size
        part, rest = data[:size], data[size:]
        if not self.active:
            return rest  # it was answered before it was read to its end
        self.deadline = self._body_deadline()
        if self._replay is not None:
            self._replay += part
            if len(self._replay) > _REPLAYED:
                if self._upstream is None:
                    self._pause()
                else:
                    self._replay = None
        if self._upstream is not None:
            self._upstream.transport.write(part)
        return rest

    def placed(self, replica: Replica) -> None:
        """See `Waiter`."""
        if asks_for_metrics(self._replay or _EMPTY) and not self._unfinished:
            self._start(self._scrape())
            return
        self._replica = replica
        self._placing += 1
        replica.in_flight += 1
        upstream = replica.idle()
        if upstream is not None:
            self._ask(upstream)
        else:
            self._start(self._connect(replica, self._placing))

    def not_placed(self, *, starting: bool) -> None:
        """See `Waiter`."""
        if starting:
            self._cut(503, "starting")
        else:
            self._cut(503, "No replica of the service answers; try again shortly.")

    def _start(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(coroutine)
        task.add_done_callback(lambda done: done.exception())

    async def _scrape(self) -> None:
        """All replicas answer this one."""
        request = self._replay or _EMPTY
        page = await self._gateway.scraper.answer(
            request, to_head=self._head.is_head, openly=self._for_metrics
        )
        if not self.active:
            return
        if page is None:
            self._cut(503, "No replica of the service gives its metrics; try again shortly.")
            return
        self.transport.write(page)
        self._finish(close=response_head(page, to_head=True).close)

    async def _connect(self, replica: Replica, placing: int) -> None:
        """Asks over a new connection, unless the request has come to its end meanwhile."""
        try:
            upstream = await replica.connect()
        except OSError:
            if placing == self._placing:
                self._give_back(reusable=False)
                self._gateway.balancer.place(self)
            return
        if placing == self._placing:
            self._ask(upstream)
        else:
            replica.release(upstream, reusable=True)

    def _ask(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._tries += 1
        request = self._replay or _EMPTY
        if len(request) > _REPLAYED:
            self._replay = None
        upstream.ask(self, request, to_head=self._head.is_head)
        self._account()
        if self._eof:
            upstream.unusable = True
            upstream.transport.write_eof()
        self._resume()

    # -- the answer -----------------------------------------------------------------------------

    def answered(self, data: bytes) -> None:
        """See `Asker`."""
        if data.startswith(_UNAVAILABLE) and self._may_ask_again() and says_starting(data):
            self._started_anew = True
            return
        if self._began:
            self._count(int(data[9:12]))
        self._sent = True
        if self._replay is not None:
            self._replay = None
            self._account()
        self.transport.write(data)

    def answer_complete(self, *, reusable: bool) -> None:
        """See `Asker`."""
        if self._started_anew:
            self._started_anew = False
            if self._replica is not None:
                self._replica.lost()
            self.answer_failed(begun=False, unread=True)
            return
        upstream = self._upstream
        unread = self._unfinished
        closes = upstream is None or upstream.unusable
        self._give_back(reusable=reusable and not unread)
        self._finish(close=unread or closes)

    def answer_failed(self, *, begun: bool, unread: bool) -> None:
        """See `Asker`. It may be the client's doing: the replica is asked how it is."""
        replica = self._replica
        self._give_back(reusable=False)
        if replica is not None:
            replica.doubt()
        if begun or self._sent:
            self.active = False
            self.transport.abort()  # a cut answer must not look complete
        elif unread and self._may_ask_again():
            self._gateway.balancer.place(self)
        else:
            self._cut(502, "The replica that ran this request died, or answers nothing any more.")

    def _count(self, status: int) -> None:
        if self._began and status >= 200:  # before it there may have been a 100
            self._gateway.traffic.answered(status, perf_counter() - self._began)
            self._began = 0.0

    def _may_ask_again(self) -> bool:
        return not self._sent and self._replay is not None and self._tries < _TRIES

    def upstream_stalled(self, stalled: bool) -> None:
        """See `Asker`."""
        if stalled:
            self._pause()
        else:
            self._resume()

    def _give_back(self, *, reusable: bool) -> None:
        replica, upstream = self._replica, self._upstream
        self._replica = self._upstream = None
        if replica is not None:
            self._placing += 1
            replica.in_flight -= 1
            if upstream is not None:
                replica.release(upstream, reusable=reusable)

    def _finish(self, *, close: bool) -> None:
        """The request is answered; the next one may begin."""
        self.active = False
        self._replay = None
        if close or self._gateway.draining or (self._eof and not self._buffer):
            self._close()
            return
        self._account()
        if not self._stalled:
            self._rest()

    def _rest(self) -> None:
        """Nothing is asked: the client may, and has so much time for it."""
        limits = self._gateway.limits
        seconds = limits.header_timeout if self._buffer else limits.idle_timeout
        self.deadline = self._gateway.now + seconds
        self._resume()
        if self._buffer:
            # Not from here: a client may have sent thousands ahead, each answered at once.
            asyncio.get_running_loop().call_soon(self._begin_next)

    def _begin_next(self) -> None:
        if self.active or self._stalled or not self._buffer or self.transport.is_closing():
            return
        self._begin()
        self._account()

    def _cut(self, status: int, message: str) -> None:
        """Answers a request that goes no further; what is still to come of it is not read."""
        unread = self._unfinished
        if self._upstream is not None:
            self._upstream.give_up()
        self._give_back(reusable=False)
        if self._sent:
            self.active = False
            self.transport.abort()
            return
        close = unread or self._gateway.draining or status == 400
        self._count(status)
        self.transport.write(answer(status, message, close=close, body=not self._head.is_head))
        self._finish(close=close)

    def _refuse(self, status: int, message: str) -> None:
        """Answers what is no request; nothing after it can be understood."""
        self.transport.write(answer(status, message, close=True))
        self._close()

    def _close(self) -> None:
        """Ends our side, and the connection soon: what is still under way is not read.

        Closing at once would reset the connection under a client that is sending, and it would
        never see its answer.
        """
        self._buffer = _EMPTY
        self._account()
        if self._eof or not self.transport.can_write_eof():
            self.transport.close()
            return
        self._lingered = 0
        self.deadline = self._gateway.now + LINGER_SECONDS
        self._resume()
        self.transport.write_eof()

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self.transport.pause_reading()
            if self.active and not self._stalled:
                self.deadline = NEVER

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self.transport.resume_reading()
            if self.active and not self._stalled:
                self.deadline = self._body_deadline()
