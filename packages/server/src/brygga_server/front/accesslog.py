"""One line for each request, as v1 wrote it or as JSON, written a few times a second."""

from __future__ import annotations

import json
import os
import select
import time

from brygga_server.front.exchange import Exchange

_PIPE_BUFFER = 4096  # a pipe that is ready takes this much without blocking
_KEPT = 1 << 20  # bytes that wait for a reader who does not read


class LogWriter:
    """Writes lines to a descriptor that others write to as well, and never waits for its reader.

    The descriptor cannot be made non-blocking, since workers share it; so it is asked whether it
    is ready before each piece.
    """

    def __init__(self, fd: int = 1) -> None:
        self._fd = fd
        self._lines: list[str] = []
        self._rest = b""
        self._lost = 0
        self._poll = select.poll()
        self._poll.register(fd, select.POLLOUT)

    def add(self, line: str) -> None:
        """A line, with its newline."""
        self._lines.append(line)

    def flush(self) -> None:
        """Writes what has come together, as far as the reader takes it."""
        if self._lines:
            data = "".join(self._lines).encode("utf-8", "replace")
            self._lines.clear()
            if len(self._rest) > _KEPT:
                self._lost += data.count(b"\n")
                data = b""
            elif self._lost:
                data = b"%d log lines were lost: nobody read them\n" % self._lost + data
                self._lost = 0
            self._rest += data
        while self._rest and self._poll.poll(0):
            # Whole lines where there are any, so that those of workers do not fall between.
            end = self._rest.rfind(b"\n", 0, _PIPE_BUFFER) + 1 or _PIPE_BUFFER
            try:
                written = os.write(self._fd, self._rest[:end])
            except OSError:  # nobody reads any more: a log is not worth a request
                self._rest = b""
                return
            self._rest = self._rest[written:]


class AccessLog:
    """The lines of requests and the front's own messages."""

    def __init__(self, writer: LogWriter, *, as_json: bool, requests: bool, ids: bool) -> None:
        self._writer = writer
        self._as_json = as_json
        self._requests = requests
        self._ids = ids  # v1's line has no request id
        self._pid = os.getpid()
        self._second = 0
        self._stamp = ""

    def request(self, exchange: Exchange, status: int, seconds: float, size: int) -> None:
        """Notes an answered request; probes would drown the rest: `GET /`, as in v1, and `/ready`.

        The latter come several times a second while a service starts.
        """
        path = exchange.path
        if not self._requests or path == b"/ready" or (path == b"/" and status == 200):
            return
        method = exchange.method.decode("latin-1") or "-"
        text = path.decode("latin-1")
        if self._as_json:
            self._json("info", "gunicorn.access", {
                "method": method, "path": text, "status": status, "ms": round(seconds * 1000, 3),
                "size": size, "request_id": exchange.request_id, "key": exchange.key or None,
                "traceparent": exchange.traceparent.decode("latin-1") or None,
            })  # fmt: skip
            return
        identity = f" {exchange.request_id}" if self._ids and exchange.request_id else ""
        self._writer.add(
            f"{self._time()} I [{self._pid}] gunicorn.access - "
            f"{method} {text} {status} {seconds * 1000:.3f}ms {size}{identity}\n"
        )

    def message(self, text: str, level: str = "info") -> None:
        """Something the operator should know."""
        if self._as_json:
            self._json(level, "azmlinfsrv", {"message": text})
        else:
            self._writer.add(
                f"{self._time()} {level[0].upper()} [{self._pid}] azmlinfsrv - {text}\n"
            )

    def _json(self, level: str, logger: str, fields: dict[str, object]) -> None:
        stamp = self._time().replace(" ", "T").replace(",", ".") + "Z"
        record = {"time": stamp, "level": level, "pid": self._pid, "logger": logger}
        self._writer.add(json.dumps({**record, **fields}, separators=(",", ":")) + "\n")

    def _time(self) -> str:
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second = second
            self._stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(second))
        return f"{self._stamp},{int((now - second) * 1000):03d}"
