"""Writes answers: heads made beforehand, one line of log and one count for each request."""

from __future__ import annotations

import json
from time import perf_counter

from brygga_server import __version__
from brygga_server.front.accesslog import AccessLog
from brygga_server.front.admission import Admission
from brygga_server.front.causes import FROM_WORKER, ROWS, Cause, reason
from brygga_server.front.exchange import Exchange
from brygga_server.front.metrics import Metrics
from brygga_server.settings import Profile
from brygga_server.worker import frames

JSON = b"application/json"
HTML = b"text/html; charset=utf-8"
_V1_SERVER = "azmlinfsrv/1.5.1"
_FRAMING = frozenset(
    ("content-length", "transfer-encoding", "connection", "keep-alive", "date", "server")
)


class Answers:
    """Ends exchanges. Every answered request passes `_finish`, exactly once."""

    def __init__(
        self, profile: Profile, metrics: Metrics, log: AccessLog, admission: Admission
    ) -> None:
        self.profile = profile
        self.draining = False
        self.origins: tuple[bytes, ...] = ()
        self._metrics = metrics
        self._log = log
        self._admission = admission
        self._v1 = profile == "v1"
        server = _V1_SERVER if self._v1 else f"brygga-server/{__version__}"
        self._version = f"x-ms-server-version: {server}\r\n"
        self._ok = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"x-ms-run-function-failed: False\r\n"
        )

    def scored(self, exchange: Exchange, reply: frames.Reply) -> None:
        """Sends what a worker made of a request."""
        cause = FROM_WORKER[reply.cause]
        if cause is Cause.OK and not reply.meta and not reply.flags:
            head = self._ok
            status = 200
        elif cause is Cause.OK or cause is Cause.PASSED:
            status, head = self._head_of(reply)
        else:
            self.error(exchange, cause, bytes(reply.body).decode("utf-8", "replace"))
            return
        ran = f"x-ms-run-fn-exec-ms: {reply.run_ns / 1e6:.3f}\r\n"
        if reply.flags & frames.STREAMED:
            self._stream(exchange, status, head, ran)
            return
        self._finish(exchange, cause, status, head, ran, reply.body)
        phases = self._metrics.phases
        phases["run"].observe(reply.run_ns / 1e9)
        phases["encode"].observe(reply.encode_ns / 1e9)
        phases["queue"].observe(exchange.sent - exchange.queued)

    def error(
        self,
        exchange: Exchange,
        cause: Cause,
        message: str = "",
        details: dict[str, object] | None = None,
    ) -> None:
        """Sends the answer that the table of causes has, `details` beside its message."""
        row = ROWS[cause]
        status = row.v1 if self._v1 else row.native
        if not message or (self._v1 and cause is Cause.NOT_ENCODABLE):
            message = row.message
        body = json.dumps({"message": message, **(details or {})}).encode()
        if exchange.route is None and exchange.refusal is None:
            exchange.request_id = ""  # v1's router answers before there are ids
        failed = "True" if row.run_failed else "False"
        more = "Retry-After: 1\r\n" if row.retry_after else ""
        if cause is Cause.UNAUTHORIZED:
            more += "WWW-Authenticate: Bearer\r\n"
        elif cause is Cause.METHOD_NOT_ALLOWED and exchange.route is not None:
            more += f"Allow: {exchange.route.allow}\r\n"
        head = (
            f"HTTP/1.1 {status} {reason(status)}\r\nContent-Type: application/json\r\n"
            f"x-ms-run-function-failed: {failed}\r\n"
        )
        self._finish(exchange, cause, status, head.encode(), more, body)

    def plain(
        self,
        exchange: Exchange,
        status: int,
        content_type: bytes,
        body: bytes,
        *,
        scored: bool = False,
        more: str = "",
    ) -> None:
        """Sends a page of the server's own; `scored` ones carry v1's run-function-failed."""
        head = b"HTTP/1.1 %d %s\r\nContent-Type: %s\r\n" % (
            status,
            reason(status).encode(),
            content_type,
        )
        if scored:
            head += b"x-ms-run-function-failed: False\r\n"
        self._finish(exchange, Cause.OK, status, head, more, body)

    def chunk(self, exchange: Exchange, data: memoryview) -> None:
        """Sends the next bytes of a streamed answer."""
        if exchange.done or not data or exchange.method == b"HEAD":
            return
        if exchange.http10:
            exchange.connection.write_stream(bytes(data))
        else:
            exchange.connection.write_stream(b"%x\r\n%b\r\n" % (len(data), bytes(data)))

    def end(self, exchange: Exchange, *, complete: bool) -> None:
        """Ends a streamed answer; one that is cut ends the connection, so that it shows."""
        last = b"" if exchange.http10 else b"0\r\n\r\n"
        self._admission.release(exchange)
        exchange.connection.end_stream(exchange, last, complete=complete)

    def _stream(self, exchange: Exchange, status: int, head: bytes, ran: str) -> None:
        exchange.streaming = True
        framing = "" if exchange.http10 else "Transfer-Encoding: chunked\r\n"
        exchange.close = exchange.close or exchange.http10 or self.draining
        tail = f"{framing}{ran}{self._identity(exchange)}"
        exchange.connection.write_stream(head + tail.encode("latin-1", "replace"))
        self._note(exchange, Cause.OK, status, 0)

    def _finish(  # noqa: PLR0917 - called for every request: keywords cost
        self,
        exchange: Exchange,
        cause: Cause,
        status: int,
        head: bytes,
        more: str,
        body: bytes | bytearray | memoryview,
    ) -> None:
        if exchange.done:
            return
        if self.draining:
            exchange.close = True
        size = len(body)
        tail = f"Content-Length: {size}\r\n{more}{self._identity(exchange)}"
        data = head + tail.encode("latin-1", "replace")
        self._admission.release(exchange)
        if exchange.method == b"HEAD" or status in (204, 304):
            body = b""
        exchange.connection.respond(exchange, data, body)
        self._note(exchange, cause, status, size)

    def _identity(self, exchange: Exchange) -> str:
        """The headers that say who asked and who answered, up to the end of the head."""
        out = ""
        if exchange.close:
            out = "Connection: close\r\n"
        elif exchange.http10:
            out = "Connection: keep-alive\r\n"
        if self.origins:
            out += self._cors(exchange)
        request_id = exchange.request_id
        if not request_id:
            return f"{out}\r\n"
        client = exchange.client_request_id
        if client:
            out += f"x-ms-client-request-id: {client}\r\n"
        if exchange.trace_id:
            out += f"TraceId: {exchange.trace_id.decode('latin-1')}\r\n"
        return (
            f"{out}{self._version}x-request-id: {request_id}\r\n"
            f"x-ms-request-id: {exchange.ms_request_id}\r\n\r\n"
        )

    def _cors(self, exchange: Exchange) -> str:
        """What lets pages of the listed origins read the answer.

        One listed origin is named always, of several the one that asks: a cache between must not
        hand one page's answer to another, hence Vary.
        """
        origins = self.origins
        if b"*" in origins:
            allowed, vary = "*", ""
        elif len(origins) == 1:
            allowed, vary = origins[0].decode("latin-1"), ""
            if exchange.origin and exchange.origin != origins[0]:
                return ""
        elif exchange.origin in origins:
            allowed, vary = exchange.origin.decode("latin-1"), "Vary: Origin\r\n"
        else:
            return "Vary: Origin\r\n"
        methods = ""
        if exchange.method == b"OPTIONS" and exchange.origin:
            methods = "Access-Control-Allow-Methods: GET, POST\r\n"
        return f"Access-Control-Allow-Origin: {allowed}\r\n{methods}{vary}"

    def _head_of(self, reply: frames.Reply) -> tuple[int, bytes]:
        """Status line and headers of a reply that brings its own."""
        meta = json.loads(reply.meta) if reply.meta else {}
        status = reply.status or 200
        failed = status >= 500
        lines = [f"HTTP/1.1 {status} {reason(status)}"]
        content_type = meta.get("content_type")
        if content_type is None and reply.cause == frames.OK:
            content_type = "application/json"
        if content_type:
            lines.append(f"Content-Type: {content_type}")
        for name, value in meta.get("headers", ()):
            lowered = name.lower()
            if lowered == "x-ms-run-function-failed":
                failed = failed or value == "True"
            elif lowered not in _FRAMING:
                lines.append(f"{name}: {value}")
        lines.append(f"x-ms-run-function-failed: {failed}")
        # A script may not write into the framing of HTTP.
        clean = [line.replace("\r", " ").replace("\n", " ") for line in lines]
        return status, ("\r\n".join(clean) + "\r\n").encode("latin-1", "replace")

    def _note(self, exchange: Exchange, cause: Cause, status: int, size: int) -> None:
        seconds = perf_counter() - exchange.arrived
        self._metrics.count(status, cause, exchange.key)
        self._metrics.phases["total"].observe(seconds)
        self._log.request(exchange, status, seconds, size)
