"""Why a service failed: a finding with the evidence there is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from math import ceil
from typing import Self

from brygga.findings.cause import CAUSES, Cause
from brygga.findings.finding import Finding
from brygga.findings.import_advice import import_advice
from brygga.hints import Action, Argument, Hint, Step, Verb
from brygga.markup import Preformatted, card

_GB = 1 << 30  # of memory_gb
_INIT = re.compile(r'^ *File "(?:[^"]*/)?([^"/]+\.py)", line \d+, in init$', re.MULTILINE)


@dataclass(frozen=True)
class Diagnosis(Finding):
    """A failure of a service and its evidence; the message is the error in its own words.

    Attributes:
        traceback: With the user's own lines; may be empty.
        exit_code: Of the process that ended, and `signal`, its name, where one ended it.
        peak_memory_bytes: What was seen in use, beside `memory_limit_bytes`.
        log: The last lines of the log.
        service: Whose failure it is; None where nothing was deployed.
    """

    cause: Cause
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
    def advice(self) -> Hint:
        """What to do about it, as data; where memory ran out, with a limit to try."""
        if self.cause is Cause.OUT_OF_MEMORY and self.memory_limit_bytes:
            peak = max(self.peak_memory_bytes or 0, self.memory_limit_bytes)
            more = ceil(peak * 1.5 / _GB * 4) / 4
            step: Step = Argument(Verb.DEPLOY, "memory_gb", more)
            if self.service is not None:
                step = Action(Verb.RECONFIGURE, {"name": self.service, "memory_gb": more})
            return Hint.of("Give it more memory, {} to begin with, or load less.", step)
        if self.cause in (Cause.SCRIPT_IMPORT, Cause.INIT_RAISED):
            missing = import_advice(self.message)
            if missing is not None:
                return missing
        script = self._script if self.service is not None else None
        if self.cause is Cause.INIT_RAISED and script is not None:
            text, *_ = CAUSES[self.cause].remedy
            return Hint.of(text, Action(Verb.TEST, {"entry_script": script}))
        if self.service is None and self.cause in _WITHOUT_SERVICE:
            return Hint(_WITHOUT_SERVICE[self.cause])
        return CAUSES[self.cause].advice(self.service)

    @property
    def _script(self) -> str | None:
        """The script whose init() raised, by its traceback: what raised may be in another file."""
        found = _INIT.search(self.traceback)
        return None if found is None else found[1]

    def _repr_html_(self) -> str:
        evidence = self.traceback.rstrip() or "\n".join(self.log)
        return card(
            self.cause.value,
            {"error": self.sentence, "fix": self.fix, "evidence": Preformatted(evidence)},
        )

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


_WITHOUT_SERVICE = {
    Cause.INIT_RAISED: "Correct what the traceback shows, then try again.",
    Cause.WORKER_DIED: "Its log says more.",
    Cause.UNKNOWN: "Its log says more.",
}
"""Where there is no service yet that has a log."""
