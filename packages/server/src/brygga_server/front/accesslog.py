"""One line for each request, as v1 wrote it or as JSON, written a few times a second."""

from __future__ import annotations

import json
import os
import re
import select
import time

from brygga_server.front.exchange import Exchange
from brygga_server.front.logging_config import LoggingConfig
from brygga_server.settings import LEVELS

_SERVER, _V1_SERVER = "brygga", "azmlinfsrv"
_ACCESS, _V1_ACCESS = "brygga.access", "gunicorn.access"
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
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

    def __init__(
        self,
        writer: LogWriter,
        *,
        as_json: bool,
        requests: bool,
        v1: bool,
        level: str = "INFO",
        file: LoggingConfig | None = None,
    ) -> None:
        """Writes nothing yet.

        Args:
            writer: Where lines go.
            as_json: Each line is a JSON object.
            requests: Whether requests are noted.
            v1: Lines of requests are v1's: its logger, the query, no ids.
            level: The least severe that is written.
            file: How the user wants lines to look; not for those in JSON.
        """
        self._writer = writer
        self._as_json = as_json
        self._threshold = LEVELS.index(level)
        self._requests = requests and self._threshold <= LEVELS.index("INFO")
        self._v1 = v1
        self._server = _V1_SERVER if v1 else _SERVER
        self._access = _V1_ACCESS if v1 else _ACCESS
        self._file = None if as_json else file
        self._pid = os.getpid()
        self._second = 0
        self._stamp = ""

    def request(self, exchange: Exchange, status: int, seconds: float, size: int | None) -> None:
        """Notes an answered request; probes would drown the rest: `GET /`, as in v1, and `/ready`.

        The latter come several times a second while a service starts. The size of an answer that
        is still being made is not known.
        """
        path = exchange.path
        if not self._requests or path.endswith(b"/ready") or (path == b"/" and status == 200):
            return
        method = exchange.method.decode("latin-1") or "-"
        text = path.decode("latin-1")
        trace = exchange.traceparent.decode("latin-1") if exchange.traceparent else ""
        if trace and not _TRACEPARENT.fullmatch(trace):
            trace = ""
        if self._as_json:
            self._json("info", self._access, {
                "method": method, "path": text, "status": status, "ms": round(seconds * 1000, 3),
                "size": size, "request_id": exchange.request_id, "key": exchange.key or None,
                "traceparent": trace or None,
            })  # fmt: skip
            return
        length = "N/A" if size is None else size
        if self._v1:
            query = "?" + exchange.query.decode("latin-1") if exchange.query else ""
            line = f"{method} {text}{query} {status} {seconds * 1000:.3f}ms {length}"
        else:
            line = f"{method} {text} {status} {seconds * 1000:.3f}ms {length}"
            if exchange.request_id:
                line += f" {exchange.request_id}"
            if trace:
                line += f" {trace}"
        if not line.isprintable():
            line = _CONTROL.sub(_escaped, line)  # a client must not write lines of its own
        logger = self._server if self._v1 else self._access
        if self._file is not None:
            self._text("INFO", logger, line)
        else:
            self._writer.add(f"{self._time()} I [{self._pid}] {logger} - {line}\n")

    def message(self, text: str, level: str = "info") -> None:
        """Something the operator should know."""
        if LEVELS.index(level.upper()) < self._threshold:
            return
        if self._as_json:
            self._json(level, self._server, {"message": text})
        else:
            self._text(level.upper(), self._server, text)

    def _text(self, level: str, logger: str, text: str) -> None:
        line = self._file.line(level, logger, text) if self._file is not None else None
        if line is None:
            line = f"{self._time()} {level[0]} [{self._pid}] {logger} - {text}\n"
        self._writer.add(line)

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


def _escaped(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02x}"
