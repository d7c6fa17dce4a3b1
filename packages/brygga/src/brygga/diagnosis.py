"""Why something failed: a cause from a closed set, the evidence, and a fix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from math import ceil
from typing import Self

_GB = 1 << 30  # of memory_gb


class Cause(StrEnum):
    """What can go wrong with a service; the first ten are the server's own (docs/server.md)."""

    SCRIPT_MISSING = "script_missing"
    SCRIPT_SYNTAX = "script_syntax"
    SCRIPT_IMPORT = "script_import"
    SCRIPT_CONTRACT = "script_contract"
    INIT_RAISED = "init_raised"
    INIT_TIMEOUT = "init_timeout"
    WORKER_DIED = "worker_died"
    OUT_OF_MEMORY = "out_of_memory"
    PYTHON_MISSING = "python_missing"
    SETTINGS_INVALID = "settings_invalid"
    SERVER_DIED = "server_died"
    CONTAINER_NOT_STARTED = "container_not_started"
    NEVER_LISTENED = "never_listened"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    TIMEOUT = "timeout"
    UNKNOWN = "unknown"


_FIXES = {
    Cause.SCRIPT_MISSING: "Give its path, relative to source_directory if there is one.",
    Cause.SCRIPT_SYNTAX: "Correct that line, then deploy again.",
    Cause.SCRIPT_IMPORT: "Add what is missing to the environment, then deploy again.",
    Cause.SCRIPT_CONTRACT: "A script has init() without arguments and run(data) with named ones.",
    Cause.INIT_RAISED: "Try it with `brygga test`, which runs init() in the same environment.",
    Cause.INIT_TIMEOUT: "Make init() faster, or raise init_timeout_s.",
    Cause.WORKER_DIED: "Its log says more; `brygga test` runs it without a service.",
    Cause.OUT_OF_MEMORY: "Deploy it with more memory_gb, or load less.",
    Cause.PYTHON_MISSING: "Deploy again: the environment is then realised anew.",
    Cause.SETTINGS_INVALID: "Correct the value that is named, then deploy again.",
    Cause.SERVER_DIED: "Bring it back with `brygga service restart`; its log has the reason.",
    Cause.CONTAINER_NOT_STARTED: "Ask the engine for less, or look at its own log.",
    Cause.NEVER_LISTENED: "The server does not get as far as to listen: look at its log, and "
    "try the image without extra_steps or on another base image.",
    Cause.STOPPED: "Bring it back with `brygga service restart`.",
    Cause.INTERRUPTED: "Deploy again.",
    Cause.TIMEOUT: "It goes on starting: wait again, or look at its log.",
    Cause.UNKNOWN: "Its log has more: `brygga service logs`.",
}


@dataclass(frozen=True)
class Diagnosis:
    """A failure, its evidence and a fix.

    Attributes:
        cause: One of a closed set.
        message: The error in its own words, one line.
        file: The user's file the error points at, and its `line` and `column` (from 1).
        traceback: With the user's own lines; may be empty.
        exit_code: Of the process that ended, and `signal`, its name, where one ended it.
        peak_memory_bytes: What was seen in use, beside `memory_limit_bytes`.
        log: The last lines of the log.
    """

    cause: Cause
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    traceback: str = ""
    exit_code: int | None = None
    signal: str | None = None
    peak_memory_bytes: int | None = None
    memory_limit_bytes: int | None = None
    log: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The message with the place it points at."""
        if self.file is None:
            return self.message
        place = ":".join(str(p) for p in (self.file, self.line, self.column) if p is not None)
        return f"{self.message} ({place})"

    @property
    def fix(self) -> str:
        """What to do about it; where memory ran out, with a limit to try."""
        limit = self.memory_limit_bytes
        if self.cause is Cause.OUT_OF_MEMORY and limit:
            more = ceil(max(self.peak_memory_bytes or 0, limit) * 1.5 / _GB * 4) / 4
            return f"Deploy it with more memory, memory_gb={more:g} to begin with, or load less."
        return _FIXES[self.cause]

    def to_dict(self) -> dict[str, object]:
        """A JSON object."""
        return {**asdict(self), "cause": self.cause.value, "log": list(self.log)}

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Reads what `to_dict` or a server wrote; what it does not know is left out."""
        known = {f.name for f in fields(cls)}
        values = {k: v for k, v in data.items() if k in known and v is not None}
        raw = values.get("cause")
        values["cause"] = Cause(raw) if raw in {c.value for c in Cause} else Cause.UNKNOWN
        values.setdefault("message", "no reason was given")
        log = values.get("log")
        values["log"] = tuple(str(line) for line in log) if isinstance(log, (list, tuple)) else ()
        return cls(**values)  # type: ignore[arg-type]
