"""What takes a while: its phases, and how others follow them."""

from brygga.operations.collection import OngoingOperation, OperationCollection
from brygga.operations.event import Advanced, Event, PhaseBegan, Printed, Remarked, RevisionMade
from brygga.operations.operation import Operation, OperationKind, Problem, Subject, SubjectKind
from brygga.operations.phase import Phase
from brygga.operations.progress import (
    SILENT,
    Lines,
    OneAtATime,
    Progress,
    ProgressLike,
    Several,
    progress_of,
)
from brygga.operations.timeline import OperationState, PhaseSpan

__all__ = [
    "SILENT",
    "Advanced",
    "Event",
    "Lines",
    "OneAtATime",
    "OngoingOperation",
    "Operation",
    "OperationCollection",
    "OperationKind",
    "OperationState",
    "Phase",
    "PhaseBegan",
    "PhaseSpan",
    "Printed",
    "Problem",
    "Progress",
    "ProgressLike",
    "Remarked",
    "RevisionMade",
    "Several",
    "Subject",
    "SubjectKind",
    "progress_of",
]
