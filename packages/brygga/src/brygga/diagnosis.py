"""Why something failed: a cause from a closed set, the evidence, and a fix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from math import ceil
from typing import Self

from brygga.hints import Action, Argument, Hint, Step, Verb
from brygga.spellings import Language, words

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
    REPLACED = "replaced"
    TIMEOUT = "timeout"
    UNKNOWN = "unknown"


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
        service: Whose failure it is; None where nothing was deployed.
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
    service: str | None = field(default=None, compare=False)

    def of(self, service: str) -> Self:
        """The same, as the failure of a service."""
        return replace(self, service=service)

    @property
    def sentence(self) -> str:
        """The message with the place it points at."""
        if self.file is None:
            return self.message
        place = ":".join(str(p) for p in (self.file, self.line, self.column) if p is not None)
        return f"{self.message} ({place})"

    @property
    def advice(self) -> Hint:
        """What to do about it, as data; where memory ran out, with a limit to try."""
        if self.cause is Cause.OUT_OF_MEMORY and self.memory_limit_bytes:
            peak = max(self.peak_memory_bytes or 0, self.memory_limit_bytes)
            more = ceil(peak * 1.5 / _GB * 4) / 4
            step: Step = Argument(Verb.DEPLOY, "memory_gb", more)
            if self.service is not None:
                step = Action(Verb.RECONFIGURE, {"name": self.service, "memory_gb": more})
            return Hint.of("Give it more memory, {} to begin with, or load less.", step)
        if self.service is None and self.cause in _WITHOUT_SERVICE:
            return Hint(_WITHOUT_SERVICE[self.cause])
        text, *verbs = _FIXES[self.cause]
        name = {} if self.service is None else {"name": self.service}
        steps = (verb if isinstance(verb, Argument) else Action(verb, name) for verb in verbs)
        return Hint.of(text, *steps)

    @property
    def fix(self) -> str:
        """What to do about it, with calls of the SDK."""
        return words(self.advice, Language.PYTHON)

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


_FIXES: Mapping[Cause, tuple[str, *tuple[Verb | Argument, ...]]] = {
    Cause.SCRIPT_MISSING: (
        "Give its path, relative to {} if there is one.",
        Argument(Verb.DEPLOY, "source_directory"),
    ),
    Cause.SCRIPT_SYNTAX: ("Correct that line, then deploy again.",),
    Cause.SCRIPT_IMPORT: ("Add what is missing to the environment, then deploy again.",),
    Cause.SCRIPT_CONTRACT: (
        "A script has init() without arguments and run(data) with named ones.",
    ),
    Cause.INIT_RAISED: (
        "Correct what the traceback shows; {} runs init() in the same environment.",
        Verb.TEST,
    ),
    Cause.INIT_TIMEOUT: (
        "Make init() faster, or raise {}.",
        Argument(Verb.DEPLOY, "init_timeout_s"),
    ),
    Cause.WORKER_DIED: (
        "Its log says more: {}. Without a service it is run by {}.",
        Verb.LOGS,
        Verb.TEST,
    ),
    Cause.OUT_OF_MEMORY: (
        "Deploy it with more {}, or load less.",
        Argument(Verb.DEPLOY, "memory_gb"),
    ),
    Cause.PYTHON_MISSING: ("Deploy again: the environment is then realised anew.",),
    Cause.SETTINGS_INVALID: ("Correct the value that is named, then deploy again.",),
    Cause.SERVER_DIED: (
        "Bring it back with {}; its log has the reason: {}.",
        Verb.RESTART,
        Verb.LOGS,
    ),
    Cause.CONTAINER_NOT_STARTED: ("Ask the engine for less, or look at its own log.",),
    Cause.NEVER_LISTENED: (
        "The server does not get as far as to listen: look at its log ({}), and try the image "
        "without extra steps or on another base image.",
        Verb.LOGS,
    ),
    Cause.STOPPED: ("Bring it back with {}.", Verb.RESTART),
    Cause.INTERRUPTED: ("Deploy it again, or give it up with {}.", Verb.DELETE_SERVICE),
    Cause.REPLACED: ("Nothing is wrong: {} says how the newer one does.", Verb.SHOW),
    Cause.TIMEOUT: (
        "It goes on starting: {} says how it does, and {} what it logs.",
        Verb.SHOW,
        Verb.LOGS,
    ),
    Cause.UNKNOWN: ("Its log has more: {}.", Verb.LOGS),
}
"""Of a service: the text, and what stands in its gaps."""

_WITHOUT_SERVICE = {
    Cause.INIT_RAISED: "Correct what the traceback shows, then try again.",
    Cause.WORKER_DIED: "What it printed says more.",
    Cause.UNKNOWN: "What it printed says more.",
}
"""Where there is no service yet that has a log."""
