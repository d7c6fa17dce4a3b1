"""What takes a while: its phases, and how others follow them."""

from brygga.operations.event import Advanced, Event, PhaseBegan, Printed, Remarked
from brygga.operations.phase import Phase
from brygga.operations.progress import SILENT, Lines, Progress, ProgressLike, Several, progress_of

__all__ = [
    "SILENT",
    "Advanced",
    "Event",
    "Lines",
    "Phase",
    "PhaseBegan",
    "Printed",
    "Progress",
    "ProgressLike",
    "Remarked",
    "Several",
    "progress_of",
]
