"""Log lines of the worker, and what user code prints as log lines.

The standard `logging` is not used: a script may configure it as it likes,
`disable_existing_loggers` included, and the lines of the service still come out.
"""

import io
import json
import os
import select
import stat
import sys
import threading
import time
from typing import Any, Dict, Iterable, List, Optional

LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}

# Loggers: the server's own, and those below it. Its name is the profile's.
SERVER = ""
SCRIPT = "user_script"
SWAGGER = "swagger"
TRACE = "trace"
_NATIVE, _V1 = "brygga", "azmlinfsrv"

# A line longer than this comes out in pieces: a script that prints without newlines must not fill
# the memory.
_LONGEST = 64 * 1024

_PATIENCE_MS = 1000
_PIPE_BUFFER = 4096  # a pipe that is ready takes this much without blocking


class Log:
    """Writes whole lines to one file descriptor, unbuffered; waits for its reader for a while."""

    def __init__(
        self, fd: int = 1, as_json: bool = False, level: str = "INFO", v1: bool = False
    ) -> None:
        self._fd = fd
        self._as_json = as_json
        self._server = _V1 if v1 else _NATIVE
        self._threshold = LEVELS.get(level.upper(), LEVELS["INFO"])
        self._poll = _reader_of(fd)
        self._lost = 0  # lines, since the reader stopped reading
        self._logging: Any = None  # the module, where the user has configured it
        self.current = threading.local()  # .request_id: what this thread works on

    def debug(self, name: str, message: str) -> None:
        """For whoever looks into the server itself."""
        self.write("DEBUG", name, message)

    def info(self, name: str, message: str) -> None:
        """For the one who reads along."""
        self.write("INFO", name, message)

    def warning(self, name: str, message: str) -> None:
        """For what works, and should be looked at."""
        self.write("WARNING", name, message)

    def error(self, name: str, message: str) -> None:
        """For what failed."""
        self.write("ERROR", name, message)

    def write(self, level: str, name: str, message: str) -> None:
        """One line, or one record of several lines; never raises."""
        name = self.logger(name)
        if self._logging is not None:
            self._logging.getLogger(name).log(LEVELS[level], "%s", message)
        elif LEVELS[level] >= self._threshold:
            self._emit(self._format(level, name, message))

    def logger(self, name: str) -> str:
        """The whole name of one of the loggers above."""
        return "%s.%s" % (self._server, name) if name else self._server

    def follow(self, files: Iterable[str]) -> None:
        """Hand all lines to the standard `logging` from now on, if one of `files` configures it."""
        for file in files:
            if os.path.isfile(file):
                self._logging = _configured(file, self)
                return

    def _format(self, level: str, name: str, message: str) -> str:
        now = time.time()
        stamp = time.gmtime(now)
        millis = int(now * 1000) % 1000
        if not self._as_json:
            clock = time.strftime("%Y-%m-%d %H:%M:%S", stamp)
            head = "%s,%03d %s [%d] %s - " % (clock, millis, level[0], os.getpid(), name)
            return head + message + "\n"
        line: Dict[str, Any] = {
            "time": "%s.%03dZ" % (time.strftime("%Y-%m-%dT%H:%M:%S", stamp), millis),
            "level": level.lower(),
            "pid": os.getpid(),
            "logger": name,
            "message": message,
        }
        request_id = getattr(self.current, "request_id", None)
        if request_id:
            line["request_id"] = request_id
        return json.dumps(line) + "\n"

    def _emit(self, text: str) -> None:
        if self._lost:
            text = "\n%d log lines were lost: nobody read them\n%s" % (self._lost, text)
        data = memoryview(text.encode("utf-8", "backslashreplace"))
        try:
            while data:
                piece = data
                if self._poll is not None:
                    # A reader may be slow, but one that does not read must not stop scoring.
                    if not self._poll.poll(0 if self._lost else _PATIENCE_MS):
                        self._lost += 1
                        return
                    piece = data[:_PIPE_BUFFER]
                data = data[os.write(self._fd, piece) :]
        except OSError:
            return  # nobody can read the log any more; scoring goes on
        self._lost = 0


def _reader_of(fd: int) -> Optional[Any]:
    """Tells whether somebody reads at the other end of `fd`; None for files, which just grow."""
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode):
            return None
    except OSError:
        return None  # closed: writing says so
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return poll


class LogStream(io.TextIOBase):
    """Stands in for `sys.stdout` or `sys.stderr`: every line that is written becomes a log line."""

    def __init__(self, log: Log, fd: int, level: str, name: str) -> None:
        super().__init__()
        self._log = log
        self._fd = fd
        self._level = level
        self._name = name
        self._partial = threading.local()  # threads print at the same time; their lines do not mix

    encoding = "utf-8"
    errors = "backslashreplace"

    @property
    def buffer(self) -> "_Bytes":
        """For code that writes bytes to `sys.stdout.buffer`."""
        return _Bytes(self)

    def writable(self) -> bool:
        """It is for writing."""
        return True

    def isatty(self) -> bool:
        """No terminal: no colours, no progress bars."""
        return False

    def fileno(self) -> int:
        """The descriptor below, for programs that are started with it."""
        return self._fd

    def write(self, text: str) -> int:
        """Log the lines that end in `text`, keep the rest."""
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not %s" % type(text).__name__)
        parts: List[str] = self._parts()
        if "\n" not in text and len(text) + sum(map(len, parts)) < _LONGEST:
            parts.append(text)
            return len(text)
        lines = ("".join(parts) + text).split("\n")
        parts[:] = [lines.pop()]
        self._write_lines(lines)
        if len(parts[0]) >= _LONGEST:
            self._write_lines(parts)
            parts.clear()
        return len(text)

    def flush(self) -> None:
        """Nothing: whole lines are out already, and a line that is not whole waits for its end."""

    def end_line(self) -> None:
        """Write what a request has printed without a newline at its end."""
        parts = self._parts()
        if parts:
            self._write_lines(["".join(parts)])
            parts.clear()

    def _parts(self) -> List[str]:
        parts: Optional[List[str]] = getattr(self._partial, "parts", None)
        if parts is None:
            parts = self._partial.parts = []
        return parts

    def _write_lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            # A progress bar redraws its line; what it drew last is what counts.
            shown = line.rstrip("\r").rpartition("\r")[2]
            if shown:
                self._log.write(self._level, self._name, shown)


class _Bytes(io.RawIOBase):
    def __init__(self, stream: LogStream) -> None:
        super().__init__()
        self._stream = stream

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream.fileno()

    def write(self, data: Any) -> int:
        self._stream.write(bytes(data).decode("utf-8", "backslashreplace"))
        return len(data)


def _configured(file: str, log: Log) -> Any:
    """The `logging` module with the user's configuration, None where that cannot be used."""
    import logging.config

    try:
        with open(file, encoding="utf-8") as content:
            logging.config.dictConfig(json.load(content))
    except (OSError, ValueError, TypeError, AttributeError, ImportError) as error:
        log.warning(SERVER, "%s is not used: %s" % (file, error))
        return None
    logging.getLogger(log.logger(SERVER)).info("LoadedScript logging config from %s", file)
    return logging


def capture(log: Log) -> LogStream:
    """Put log streams in the place of `sys.stdout` and `sys.stderr`; the former is returned."""
    stdout = LogStream(log, 1, "INFO", "print")
    sys.stdout = stdout
    sys.stderr = LogStream(log, 2, "WARNING", "stderr")
    return stdout
