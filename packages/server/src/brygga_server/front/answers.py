"""Writes answers: heads made beforehand, one line of log and one count for each request."""

from __future__ import annotations

import json
from collections.abc import Sequence
from time import perf_counter, perf_counter_ns

from brygga_server import __version__
from brygga_server.front import results
from brygga_server.front.accesslog import AccessLog
from brygga_server.front.admission import Admission
from brygga_server.front.batching import Batch
from brygga_server.front.cors import Cors
from brygga_server.front.exchange import Exchange
from brygga_server.front.metrics import Metrics
from brygga_server.front.outcomes import FROM_WORKER, ROWS, Outcome, reason
from brygga_server.settings import Profile
from brygga_server.worker import frames

JSON = b"application/json"
HTML = b"text/html; charset=utf-8"
_FRAMING = frozenset(
    ("content-length", "transfer-encoding", "connection", "keep-alive", "date", "server")
)
_FAILED = "x-ms-run-function-failed"
_ALLOWED_ORIGIN = "access-control-allow-origin"
# What the server says of a request wins over what the script says.
_IDS = {
    "x-request-id": "request_id",
    "x-ms-request-id": "ms_request_id",
    "x-ms-client-request-id": "client_request_id",
}
_OF_A_BODY = frozenset(
    ("allow", "content-encoding", "content-language", "content-md5", "content-range",
     "content-type", "last-modified")
)  # fmt: skip


class Answers:
    """Ends exchanges. Every answered request passes `_finish`, exactly once."""

    def __init__(
        self, profile: Profile, metrics: Metrics, log: AccessLog, admission: Admission
    ) -> None:
        self.profile = profile
        self.draining = False
        self.cors: Cors | None = None
        self._metrics = metrics
        phases = metrics.phases
        self._ran, self._encoded = phases["run"].observe, phases["encode"].observe
        self._waited, self._took = phases["queue"].observe, phases["total"].observe
        self._log = log
        self._admission = admission
        self._v1 = profile == "v1"
        self.version = f"brygga-server/{__version__}"
        self._ok = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"x-ms-run-function-failed: False\r\n"
        )

    @property
    def version(self) -> str:
        """What `x-ms-server-version` says, nothing where the header is not sent."""
        return self._version.partition(": ")[2].rstrip()

    @version.setter
    def version(self, version: str) -> None:
        self._version = f"x-ms-server-version: {version}\r\n" if version else ""

    def scored(self, exchange: Exchange, reply: frames.Reply) -> None:
        """Sends what a worker made of a request."""
        cause = FROM_WORKER[reply.cause]
        if reply.flags & frames.ARRAY:
            started = perf_counter_ns()
            body = results.to_json(reply)
            spent = reply.encode_ns + perf_counter_ns() - started
            reply = reply._replace(meta=b"", body=body, encode_ns=spent, flags=0)
        if cause is Outcome.OK and not reply.meta and not reply.flags:
            head = self._ok
            status = 200
        elif cause is Outcome.OK or cause is Outcome.PASSED:
            status, head = self._head_of(exchange, reply)
        else:
            self.error(exchange, cause, bytes(reply.body).decode("utf-8", "replace"))
            return
        ran = f"x-ms-run-fn-exec-ms: {reply.run_ns / 1e6:.3f}\r\n"
        if reply.flags & frames.STREAMED:
            self._stream(exchange, status, head, ran)
            self.chunk(exchange, memoryview(reply.body))
            return
        self._finish(exchange, cause, status, head, ran, reply.body)
        self._ran(reply.run_ns / 1e9)
        self._encoded(reply.encode_ns / 1e9)
        self._waited(exchange.sent - exchange.queued)

    def scored_together(
        self, batch: Batch, bodies: Sequence[frames.Buffer], reply: frames.Reply, encode_ns: int
    ) -> None:
        """Sends what a worker made of requests that ran as one: a body for each of them."""
        ran = f"x-ms-run-fn-exec-ms: {reply.run_ns / 1e6:.3f}\r\n"
        for exchange, body in zip(batch.members, bodies, strict=True):
            if not exchange.done:
                self._finish(exchange, Outcome.OK, 200, self._ok, ran, body)
                self._waited(exchange.sent - exchange.queued)
        count = len(bodies)
        self._ran(reply.run_ns / 1e9, count)
        self._encoded(encode_ns / 1e9 / count, count)

    def error(
        self,
        exchange: Exchange,
        cause: Outcome,
        message: str = "",
        details: dict[str, object] | None = None,
    ) -> None:
        """Sends the answer that the table of causes has, `details` beside its message."""
        row = ROWS[cause]
        status = row.v1 if self._v1 else row.native
        if not message or (self._v1 and cause is Outcome.NOT_ENCODABLE):
            message = row.message
        body = json.dumps({"message": message, **(details or {})}).encode()
        failed = "True" if row.run_failed else "False"
        more = "Retry-After: 1\r\n" if row.retry_after else ""
        if cause is Outcome.UNAUTHORIZED:
            more += "WWW-Authenticate: Bearer\r\n"
        elif cause is Outcome.METHOD_NOT_ALLOWED and exchange.route is not None and not self._v1:
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
        self._finish(exchange, Outcome.OK, status, head, more, body)

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
        last = b"" if exchange.http10 or exchange.method == b"HEAD" else b"0\r\n\r\n"
        self._admission.release(exchange)
        exchange.connection.end_stream(exchange, last, complete=complete)

    def _stream(self, exchange: Exchange, status: int, head: bytes, ran: str) -> None:
        exchange.streaming = True
        framing = "" if exchange.http10 else "Transfer-Encoding: chunked\r\n"
        exchange.close = exchange.close or exchange.http10 or self.draining
        tail = f"{framing}{ran}{self._identity(exchange)}"
        exchange.connection.write_stream(head + tail.encode("latin-1", "replace"))
        self._note(exchange, Outcome.OK, status, 0)

    def _finish(  # noqa: PLR0917 - called for every request: keywords cost
        self,
        exchange: Exchange,
        cause: Outcome,
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
        if self.cors is not None and not exchange.shared and (exchange.routed or not self._v1):
            out += self.cors.headers(exchange)
        if not exchange.routed:
            return f"{out}\r\n"
        out += self._version
        if exchange.request_id:
            out += f"x-request-id: {exchange.request_id}\r\n"
        if exchange.ms_request_id:
            out += f"x-ms-request-id: {exchange.ms_request_id}\r\n"
        if exchange.client_request_id:
            out += f"x-ms-client-request-id: {exchange.client_request_id}\r\n"
        if exchange.trace_id:
            out += f"TraceId: {exchange.trace_id.decode('latin-1')}\r\n"
        return f"{out}\r\n"

    def _head_of(self, exchange: Exchange, reply: frames.Reply) -> tuple[int, bytes]:
        """Status line and headers of a reply that brings its own."""
        meta = json.loads(reply.meta) if reply.meta else {}
        status = reply.status or 200
        lines = [f"HTTP/1.1 {status} {reason(status)}"]
        content_type = meta.get("content_type")
        if content_type is None and reply.cause == frames.OK:
            content_type = "application/json"
        if content_type:
            lines.append(f"Content-Type: {content_type}")
        failed: list[str] = []
        for name, value in meta.get("headers", ()):
            lowered = name.lower()
            if lowered == _FAILED:
                failed.append(value)
            elif not (
                lowered in _FRAMING
                or (status == 304 and lowered in _OF_A_BODY)
                or (lowered in _IDS and getattr(exchange, _IDS[lowered]))
            ):
                lines.append(f"{name}: {value}")
                exchange.shared = exchange.shared or lowered == _ALLOWED_ORIGIN
        if not self._v1:
            failed = [str(status >= 500 or "True" in failed)]
        elif reply.cause == frames.OK:
            failed = ["False"]
        lines += [f"{_FAILED}: {value}" for value in failed]
        # A script may not write into the framing of HTTP.
        clean = [line.replace("\r", " ").replace("\n", " ") for line in lines]
        return status, ("\r\n".join(clean) + "\r\n").encode("latin-1", "replace")

    def _note(self, exchange: Exchange, cause: Outcome, status: int, size: int) -> None:
        seconds = perf_counter() - exchange.arrived
        # A gateway asks each replica whether it is ready, every second, and for its metrics: such
        # questions after the service itself would be counted once for each.
        if status == 401 or not exchange.path.endswith((b"/ready", b"/metrics")):
            self._metrics.count(status, cause, exchange.key)
            self._took(seconds)
        self._log.request(exchange, status, seconds, size)
