"""HTTP/1.1: one object for each connection, on httptools, under uvloop.

Requests of a connection are answered one after the other, in order; those that a client sent ahead
wait here, and no more is read until they are answered. The parser runs in its strict form, which
refuses the known ways of request smuggling; the few it leaves are refused in `head`.

Methods without a docstring are those that asyncio and httptools call by name.

There is no timer for each request: a connection holds one deadline, and the server looks at all of
them a few times a second.
"""

# ruff: noqa: D102

from __future__ import annotations

import asyncio
import os
from collections import deque
from time import perf_counter
from typing import cast

import httptools

from brygga_server.front.answer import Answer
from brygga_server.front.application import Application, Begin
from brygga_server.front.head import CHUNKED, HttpExchange, read_head
from brygga_server.front.http_answer import NO_BODY, write_head
from brygga_server.front.limits import LINGER_BYTES, LINGER_SECONDS, SLOW_READER
from brygga_server.front.outcomes import Outcome, Refusal
from brygga_server.front.request import Headers

NEVER = float("inf")
SWALLOW = 65536  # a refused body up to this size is read, so that the connection can be kept
WRITTEN_AT_ONCE = 65536  # head and body in one piece up to here
PROBE_SECONDS = 1.0
MOST_HEADERS = 256
SENT_AHEAD = 256  # requests of a client that wait for the answer to one before them
SETTLED_SECONDS = 5.0  # the pace of a body is known after this time
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_HTTP2 = "HTTP/2.0 is not spoken here, HTTP/1.1 is."


class _Asked(HttpExchange):
    """An exchange that is answered over its connection."""

    def __init__(self, method: bytes, headers: Headers, connection: Connection) -> None:
        self.method = method
        self.headers = headers
        self._connection = connection

    @property
    def remote(self) -> str:
        peer = self._connection.transport.get_extra_info("peername")
        return str(peer[0]) if isinstance(peer, tuple) else ""

    @property
    def secure(self) -> bool:
        return self._connection.secure

    def respond(self, answer: Answer) -> None:
        self._connection.respond(self, answer)

    def open(self, answer: Answer) -> None:
        self._connection.open(self, answer)

    def send(self, part: memoryview) -> None:
        self._connection.send(self, part)

    def end(self, *, complete: bool) -> None:
        self._connection.end(self, complete=complete)


class Connection(asyncio.Protocol):
    """One client."""

    __slots__ = (
        "_active", "_app", "_begin", "_body", "_body_seen", "_closing", "_content_length",
        "_current", "_dry", "_eof", "_head_size", "_headers", "_lingered", "_offered", "_parser",
        "_paused", "_pending", "_probe_at", "_pumping", "_stalled", "_unread", "_upgrades", "_url",
        "deadline", "transport",
    )  # fmt: skip

    def __init__(self, app: Application[Connection], begin: Begin | None = None) -> None:
        """Nothing has been read yet.

        Args:
            app: Answers.
            begin: In the place of the application's own.
        """
        self._app = app
        self._begin = begin or app.begin
        self._parser = httptools.HttpRequestParser(self)
        self._headers: Headers = []
        self._url = b""
        self._head_size = -1  # bytes of an unfinished head; -1: none begun
        self._current: HttpExchange | None = None  # its body is being read
        self._content_length = 0
        self._body: bytes | bytearray = b""
        self._body_seen = -1  # its size after the last read
        self._dry = 0  # bytes that came since without being part of it
        self._active: HttpExchange | None = None  # being answered
        self._pending: deque[HttpExchange] = deque()  # sent ahead
        self._pumping = False
        self._paused = False  # we do not read
        self._stalled = False  # the client does not read
        self._unread = 0  # what it had not read of its answer when we last looked
        self._closing = False  # nothing more is understood
        self._eof = False
        self._upgrades = False  # the parser takes what follows the head for another protocol
        self._offered = False  # a parser is being told of a head that has been understood
        self._lingered = 0
        self.deadline = NEVER
        self._probe_at = 0.0
        self.transport = cast("asyncio.Transport", None)

    # -- the connection -------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        app, limits = self._app, self._app.limits
        app.connections.add(self)
        self.deadline = app.now + limits.header_timeout
        if len(app.connections) > limits.connections:
            if len(app.connections) > limits.connections + limits.turned_away:
                self.transport.abort()
            else:
                self._give_up(Outcome.OVERLOAD, "Too many connections are open; try again shortly.")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._app.connections.discard(self)
        self._closing = True
        self.deadline = NEVER
        for exchange in (self._active, self._current, *self._pending):
            if exchange is not None and not exchange.done:
                self._app.abandon(exchange)
        self._active = self._current = None
        self._pending.clear()

    def data_received(self, data: bytes) -> None:
        if self._closing:
            self._lingered += len(data)
            if self._lingered > LINGER_BYTES:
                self.transport.abort()
            return
        try:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                self._decline(memoryview(data)[offer.args[0] :])
        except httptools.HttpParserCallbackError:
            self.transport.abort()
            raise
        except httptools.HttpParserError as error:
            self._malformed(error)
        else:
            if self._head_size >= 0:
                self._head_went_on(len(data))
            elif self._current is not None:
                self._body_went_on(self._current, len(data))

    def eof_received(self) -> bool:
        self._eof = True
        if self._active is None and not self._pending:
            return False
        # Half-closed: what was asked is answered, then the connection ends.
        if self._current is not None and self._current not in self._pending:
            self._app.abandon(self._current)
        self._current = None
        return True

    def pause_writing(self) -> None:
        self._stalled = True
        self._unread = self.transport.get_write_buffer_size()
        self.deadline = self._app.now + self._app.limits.body_timeout
        self._pause()
        if self._active is not None and self._active.streaming:
            self._app.stalled(self._active, True)

    def resume_writing(self) -> None:
        self._stalled = False
        self.deadline = NEVER if self._active is not None else self._idle_deadline()
        if self._active is not None and self._active.streaming:
            self._app.stalled(self._active, False)
        if not self._pumping:
            self._pump()

    def expire(self) -> None:
        """The deadline has passed."""
        self.deadline = NEVER
        if self._stalled and self._reads_on():
            self.deadline = self._app.now + self._app.limits.body_timeout
        elif self._closing or self._stalled:
            self.transport.abort()
        elif self._current is not None or self._head_size > 0:
            self._give_up(Outcome.CLIENT_TOO_SLOW)
        elif self._active is None:
            self.transport.close()

    # -- the parser -----------------------------------------------------------------------------

    def _decline(self, rest: memoryview) -> None:
        """An offer of another protocol is not heard: has what comes after it parsed as before."""
        while self._current is not None and not self._closing:
            self._read_on(self._current)
            try:
                self._parser.feed_data(rest)
            except httptools.HttpParserUpgrade as offer:
                rest = rest[offer.args[0] :]
            else:
                return
        self._closing = True

    def _read_on(self, exchange: HttpExchange) -> None:
        """Goes on with the body of a request that offers another protocol.

        The parser believes that what follows is in that one. So a new one is told how the body is
        framed, and reads on.
        """
        framing = b"Transfer-Encoding: chunked"
        if self._content_length != CHUNKED:
            framing = b"Content-Length: %d" % self._content_length
        closing = b"Connection: close\r\n" if exchange.close else b""
        self._parser = httptools.HttpRequestParser(self)
        self._offered = True
        self._parser.feed_data(b"POST / HTTP/1.1\r\n%b%b\r\n\r\n" % (closing, framing))
        self._offered = False

    def on_message_begin(self) -> None:
        if self._closing or self._offered:
            return
        self._head_size = 0
        self._url = b""
        self._headers = []
        if self._active is None:
            self.deadline = self._app.now + self._app.limits.header_timeout

    def on_url(self, url: bytes) -> None:
        if not self._offered:
            self._url = self._url + url if self._url else url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._head_size < 0 or self._closing:
            return  # a trailer, which nobody asked for, or a head that is known
        self._headers.append((name, value.rstrip(b" \t")))
        if len(self._headers) > MOST_HEADERS:
            message = f"The head of the request has more than {MOST_HEADERS} fields."
            self._give_up(Outcome.HEADERS_TOO_LARGE, message)

    def on_headers_complete(self) -> None:
        if self._closing or self._offered:
            return
        parser = self._parser
        self._head_size = -1
        exchange = _Asked(parser.get_method(), self._headers, self)
        exchange.arrived = perf_counter()
        self._upgrades = parser.should_upgrade()
        exchange.close = not parser.should_keep_alive() or exchange.method == b"CONNECT"
        self._current = exchange
        self._body = b""
        self._body_seen = -1
        refusal = self._complete_head(exchange, parser.get_http_version())
        if refusal is not None:
            exchange.refusal = refusal
            self._refuse_now(exchange)
            return
        refusal = self._begin(exchange)
        if refusal is not None:
            exchange.refusal = refusal
            # The body of a refused request is not worth waiting for, unless it is nearly here.
            if self._content_length > SWALLOW or exchange.expects_continue:
                self._refuse_now(exchange)
        elif exchange.expects_continue and self._active is None:
            exchange.expects_continue = False
            self.transport.write(_CONTINUE)
        if self._active is None:
            self.deadline = self._app.now + self._app.limits.body_timeout

    def on_body(self, body: bytes) -> None:
        exchange = self._current
        if exchange is None or self._closing:
            return
        exchange.body_size += len(body)
        if exchange.refusal is not None:
            if exchange.body_size > SWALLOW:
                self._refuse_now(exchange)
            return
        if self._content_length == CHUNKED:
            if exchange.body_size > self._app.limits.body_bytes:
                exchange.refusal = Refusal(Outcome.BODY_TOO_LARGE, self._too_large())
            elif not self._app.reserve(exchange, len(body)):
                exchange.refusal = Refusal(Outcome.OVERLOAD)
            if exchange.refusal is not None:
                self._refuse_now(exchange)
                return
        # Joined as it comes: a list of many small parts takes many times their size.
        if not self._body:
            self._body = body
        else:
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += body

    def on_message_complete(self) -> None:
        exchange = self._current
        if exchange is None or self._closing:
            return
        if self._upgrades and exchange.method != b"CONNECT":
            self._upgrades = False
            return  # its body is still to come
        self._current = None
        body = self._body
        if body:
            exchange.body = body if isinstance(body, bytes) else bytes(body)
            self._body = b""
        self._pending.append(exchange)
        if len(self._pending) >= SENT_AHEAD:
            exchange.close = True  # and what follows is not understood any more
            self._closing = True
        if self._active is None:
            if not self._pumping:
                self._pump()
        else:
            self._pause()

    # -- answers --------------------------------------------------------------------------------

    def respond(self, exchange: HttpExchange, answer: Answer) -> None:
        """Writes a whole answer; the next request of the client follows."""
        if exchange is not self._active:
            return
        body = answer.body
        framing = f"Content-Length: {len(body)}\r\n"
        if exchange.close or exchange.http10 or self._app.draining:
            framing += self._lasts(exchange)
        head = write_head(answer, framing)
        if exchange.method == b"HEAD" or answer.head.status in NO_BODY:
            self.transport.write(head)
        elif len(body) < WRITTEN_AT_ONCE:
            self.transport.write(b"".join((head, body)))
        else:
            self.transport.write(head)
            self.transport.write(body)
        self._answered(exchange)

    def open(self, exchange: HttpExchange, answer: Answer) -> None:
        """Writes the head of an answer that comes bit by bit, and what there is of it."""
        framing = "" if exchange.http10 else "Transfer-Encoding: chunked\r\n"
        exchange.close = exchange.close or exchange.http10
        self._write(write_head(answer, framing + self._lasts(exchange)))
        self.send(exchange, memoryview(answer.body))

    def send(self, exchange: HttpExchange, part: memoryview) -> None:
        """Writes the next bytes of it."""
        if not part or exchange.method == b"HEAD":
            return
        data = bytes(part)
        self._write(data if exchange.http10 else b"%x\r\n%b\r\n" % (len(data), data))

    def end(self, exchange: HttpExchange, *, complete: bool) -> None:
        """Ends it, or cuts it so that the client notices."""
        if not complete:
            self.transport.abort()
            return
        if not exchange.http10 and exchange.method != b"HEAD":
            self._write(b"0\r\n\r\n")
        self._answered(exchange)

    def _write(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(data)

    def _lasts(self, exchange: HttpExchange) -> str:
        """The line about the connection, where there has to be one."""
        if self._app.draining:
            exchange.close = True
        if exchange.close:
            return "Connection: close\r\n"
        return "Connection: keep-alive\r\n" if exchange.http10 else ""

    @property
    def secure(self) -> bool:
        """Whether the client came over TLS."""
        return self.transport.get_extra_info("sslcontext") is not None

    @property
    def idle(self) -> bool:
        """Whether nothing is asked and nothing is being sent."""
        return self._active is None and self._current is None and self._head_size < 0

    def detach(self) -> int | None:
        """Lets go of a client that rests, for another process to serve.

        Returns:
            A copy of its socket, to be closed by the caller; None where something is under way.
        """
        if not self.idle or self._pending or self._eof or self._closing or self._paused:
            return None
        if self.transport.is_closing() or self.transport.get_write_buffer_size() or self.secure:
            return None  # the other process would not have the keys of an encrypted one
        if self._begin != self._app.begin:
            return None  # nor know that it came through a door of its own
        copy = os.dup(self.transport.get_extra_info("socket").fileno())
        self._closing = True
        # What the client has sent and we have not read stays in the kernel, for whoever reads.
        self.transport.abort()
        return copy

    def rest(self) -> None:
        """It comes from another process, where it had been served before."""
        self.deadline = self._idle_deadline()

    @property
    def half_closed(self) -> bool:
        """Whether the client ended its side and waits for an answer."""
        return self._eof and self._active is not None

    @property
    def body_pace(self) -> float:
        """Bytes a second of the body that is being read; infinite where there is none, or new."""
        exchange = self._current
        if exchange is None or self._closing:
            return NEVER
        seconds = perf_counter() - exchange.arrived
        return exchange.body_size / seconds if seconds > SETTLED_SECONDS else NEVER

    def probe(self, now: float) -> None:
        """Finds out whether a client that ended its side is still there.

        A closed socket and a half-closed one look alike until something is written. An interim
        answer may be written at any time, and a closed socket replies to it with a reset, which
        shows at the next write. Only those that wait for long are asked.
        """
        active = self._active
        if active is None or active.streaming or active.http10:
            return
        if not self._probe_at:
            self._probe_at = now + PROBE_SECONDS
        elif now >= self._probe_at:
            self._probe_at = now + PROBE_SECONDS
            self.transport.write(_CONTINUE)

    def _reads_on(self) -> bool:
        """Whether the client has read a fair part of its answer since we last looked."""
        before, self._unread = self._unread, self.transport.get_write_buffer_size()
        return before - self._unread >= SLOW_READER * self._app.limits.body_timeout

    def _head_went_on(self, size: int) -> None:
        """Part of a head was read."""
        # The read in which a head begins may hold a whole body before it: not counted.
        self._head_size += size if self._head_size else 1
        if self._begins_http2():  # of which the parser would read more before it says so
            self._give_up(Outcome.MALFORMED, _HTTP2)
        elif self._head_size > self._app.limits.header_bytes and not self._closing:
            self._give_up(Outcome.HEADERS_TOO_LARGE)

    def _body_went_on(self, exchange: HttpExchange, size: int) -> None:
        """Part of a body was read, or only what surrounds it: chunk extensions, trailers."""
        if self._closing:
            return
        if exchange.body_size != self._body_seen:
            self._body_seen = exchange.body_size
            self._dry = 0
            self.deadline = self._app.now + self._app.limits.body_timeout
            return
        self._dry += size
        if self._dry > self._app.limits.header_bytes:
            self._give_up(Outcome.HEADERS_TOO_LARGE, "The trailers of the body are too large.")

    def _answered(self, exchange: HttpExchange) -> None:
        self._active = None
        if exchange.close or (self._eof and not self._pending):
            self._finish()
            return
        if self._current is not None:
            self.deadline = self._app.now + self._app.limits.body_timeout
        elif self._head_size >= 0:
            self.deadline = self._app.now + self._app.limits.header_timeout
        else:
            self.deadline = self._idle_deadline()
            if not (self._pending or self._paused):
                return
        if not self._pumping:
            self._pump()

    def _pump(self) -> None:
        """Handles what waits, one at a time, without recursion however fast the answers are."""
        self._pumping = True
        pending = self._pending
        while pending and self._active is None and not self._stalled:
            if self.transport.is_closing():
                break
            exchange = pending.popleft()
            self._active = exchange
            self.deadline = NEVER
            if exchange.refusal is None:
                self._app.handle(exchange)
            else:
                self._app.refuse(exchange, exchange.refusal)
        self._pumping = False
        if self._active is None:
            current = self._current
            if current is not None and current.expects_continue and current.refusal is None:
                current.expects_continue = False
                self.transport.write(_CONTINUE)
        if not pending and not self._stalled and not (self._closing and self._active):
            self._resume()

    def _finish(self) -> None:
        """Ends the connection such that the answer arrives.

        Closing a socket with unread data resets it, which can destroy the answer on its way; so
        where more may come, our side is ended first and the rest is read and thrown away.
        """
        if (
            self._current is None
            and not self._pending
            and self._head_size < 0
            and not self._closing
        ):
            self._closing = True
            self.transport.close()
            return
        self._closing = True
        self._current = None
        if self._eof:
            self.transport.close()
            return
        self._resume()
        self.deadline = self._app.now + LINGER_SECONDS
        if self.transport.can_write_eof():
            self.transport.write_eof()

    # -- refusals -------------------------------------------------------------------------------

    def _complete_head(self, exchange: HttpExchange, version: str) -> Refusal | None:
        """Reads what HTTP itself says in the head; why it is refused, or None."""
        limits = self._app.limits
        size, length = read_head(exchange, self._url, version)
        self._content_length = length
        if size > limits.header_bytes:
            return Refusal(Outcome.HEADERS_TOO_LARGE)
        if exchange.malformed:
            return Refusal(Outcome.MALFORMED, exchange.malformed)
        if length > limits.body_bytes:
            return Refusal(Outcome.BODY_TOO_LARGE, self._too_large())
        if length > 0 and not self._app.reserve(exchange, length):
            return Refusal(Outcome.OVERLOAD)
        return None

    def _refuse_now(self, exchange: HttpExchange) -> None:
        """Answers without the body, which ends the connection."""
        exchange.close = True
        self._closing = True
        self._pending.append(exchange)
        if self._active is not None:
            self._pause()
        elif not self._pumping:
            self._pump()

    def _malformed(self, error: Exception) -> None:
        last = self._active if not self._pending else self._pending[-1]
        if self._closing or (last is not None and last.close):
            self._closing = True  # what follows a last request is nobody's business
            return
        message = f"The request is malformed: {error}."
        self._give_up(Outcome.MALFORMED, _HTTP2 if self._begins_http2() else message)

    def _begins_http2(self) -> bool:
        """Whether what is read is the preface of HTTP/2, which looks like a request."""
        return self._head_size >= 0 and self._url == b"*" and self._parser.get_method() == b"PRI"

    def _give_up(self, cause: Outcome, message: str = "") -> None:
        exchange = self._current
        if exchange is None:
            begun = self._head_size >= 0 and self._url
            exchange = _Asked(self._parser.get_method() if begun else b"", [], self)
            exchange.arrived = perf_counter()
        self._current = exchange
        exchange.refusal = Refusal(cause, message)
        self._refuse_now(exchange)

    def _too_large(self) -> str:
        return f"The body is larger than the {self._app.limits.body_bytes} bytes allowed."

    # -- reading and resting --------------------------------------------------------------------

    def _idle_deadline(self) -> float:
        return self._app.now + self._app.limits.idle_timeout

    def _pause(self) -> None:
        if not self._paused and not self.transport.is_closing():
            self._paused = True
            self.transport.pause_reading()

    def _resume(self) -> None:
        if self._paused and not self.transport.is_closing():
            self._paused = False
            self.transport.resume_reading()
