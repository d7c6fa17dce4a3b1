"""Operations as lines of JSON: a first one that says what it is, then one for each event.

    {"version": 1, "kind": "deploy", "subject": {"kind": "service", "name": "svc"}, "at": 1.8e9}
    {"t": 0.012, "event": "phase", "phase": "locking", "text": "Locking 3 packages"}
    {"t": 4.2, "event": "revision", "number": 4}
    {"t": 4.9, "event": "ended", "state": "done"}

`t` counts seconds from the beginning. What a reader does not know it leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from brygga.findings import Diagnosis
from brygga.hints import Hint
from brygga.operations.event import Advanced, Event, PhaseBegan, Printed, Remarked, RevisionMade
from brygga.operations.operation import OperationKind, Problem, Subject, SubjectKind
from brygga.operations.phase import Phase
from brygga.operations.timeline import OperationState

VERSION = 1
_NAMES: Mapping[type[Event], str] = {
    PhaseBegan: "phase",
    Remarked: "remark",
    Printed: "printed",
    Advanced: "advanced",
    RevisionMade: "revision",
}
_EVENTS = {name: kind for kind, name in _NAMES.items()}
_PHASES = frozenset(phase.value for phase in Phase)


@dataclass(frozen=True)
class Began:
    """The first line.

    Attributes:
        at: Seconds since 1970.
    """

    kind: OperationKind
    subject: Subject
    at: float


@dataclass(frozen=True)
class Ended:
    """The last line."""

    state: OperationState
    problem: Problem | None = None


def from_began(began: Began) -> dict[str, Any]:
    """As JSON has it."""
    return {"version": VERSION, **asdict(began)}


def to_began(record: Mapping[str, Any]) -> Began | None:
    """What `from_began` made; None for anything else, and for kinds that are not known here."""
    try:
        subject = Subject(SubjectKind(record["subject"]["kind"]), str(record["subject"]["name"]))
        return Began(OperationKind(record["kind"]), subject, float(record["at"]))
    except (KeyError, TypeError, ValueError):
        return None


def from_event(event: Event | Ended, t: float) -> dict[str, Any]:
    """As JSON has it."""
    if isinstance(event, Ended):
        problem = {} if event.problem is None else {"problem": _from_problem(event.problem)}
        return {"t": round(t, 3), "event": "ended", "state": event.state, **problem}
    return {"t": round(t, 3), "event": _NAMES[type(event)], **asdict(event)}


def to_event(record: Mapping[str, Any]) -> tuple[float, Event | Ended] | None:
    """What `from_event` made, and its time; None for anything else."""
    try:
        values = {key: value for key, value in record.items() if key not in ("t", "event")}
        t, name = float(record["t"]), record["event"]
        if name == "ended":
            return t, Ended(OperationState(values["state"]), _to_problem(values.get("problem")))
        if name == "phase":
            known = values["phase"] in _PHASES
            values["phase"] = Phase(values["phase"]) if known else Phase.OTHER
        return t, _EVENTS[name](**values)
    except (KeyError, TypeError, ValueError):
        return None


def _from_problem(problem: Problem) -> dict[str, Any]:
    found = problem.diagnosis
    return {
        "message": problem.message,
        "code": problem.code,
        "advice": problem.advice.to_dict(),
        "diagnosis": None if found is None else found.to_dict(),
    }


def _to_problem(data: Mapping[str, Any] | None) -> Problem | None:
    if data is None:
        return None
    found = data.get("diagnosis")
    return Problem(
        str(data["message"]),
        str(data.get("code", "")),
        _to_hint(data.get("advice")),
        None if found is None else Diagnosis.from_dict(found),
    )


def _to_hint(data: Mapping[str, Any] | None) -> Hint:
    try:
        return Hint() if data is None else Hint.from_dict(data)
    except ValueError:
        return Hint()  # a newer Brygga knows more verbs
