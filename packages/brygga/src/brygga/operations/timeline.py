"""The phases something has been through, each with its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from brygga.operations.event import Advanced, Event, PhaseBegan, Printed, Remarked, RevisionMade
from brygga.operations.phase import Phase

KEPT_LINES = 200
"""Of what a tool printed, so many of the last lines are kept of each step."""
_SHOWN_LINES = 40


class OperationState(StrEnum):
    """How far an operation is, or a step of one."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # whoever did it was ended


@dataclass(frozen=True)
class PhaseSpan:
    """One phase, begun once.

    Attributes:
        began: In seconds, by the clock of its timeline; so is `ended`, None while it runs.
        printed: The last lines that a tool printed.
        done: Of `total`, where a share is known; else both are 0.
    """

    phase: Phase
    text: str
    began: float
    ended: float | None = None
    state: OperationState = OperationState.RUNNING
    remarks: tuple[str, ...] = ()
    printed: tuple[str, ...] = ()
    done: int = 0
    total: int = 0

    def seconds(self, now: float) -> float:
        """How long it took, or has taken until now."""
        return max(0.0, (now if self.ended is None else self.ended) - self.began)


class Timeline:
    """Makes phases of events; every display of progress is drawn from one.

    Attributes:
        phases: In their order; only the last one can be running.
        remarks: Those from before the first step.
        revision: That which a service got.
    """

    def __init__(self) -> None:
        self.phases: list[PhaseSpan] = []
        self.remarks: tuple[str, ...] = ()
        self.revision: int | None = None

    def add(self, event: Event, at: float) -> None:
        """Takes the next event, which happened at that second."""
        if isinstance(event, PhaseBegan):
            self.end(OperationState.DONE, at)
            self.phases.append(PhaseSpan(event.phase, event.text, at))
        elif isinstance(event, RevisionMade):
            self.revision = event.number
        elif self.phases:
            self.phases[-1] = _with(self.phases[-1], event)
        elif isinstance(event, Remarked):
            self.remarks += (event.text,)

    def end(self, state: OperationState, at: float) -> None:
        """Ends the step that runs, if one does."""
        if self.phases and self.phases[-1].state is OperationState.RUNNING:
            self.phases[-1] = replace(self.phases[-1], state=state, ended=at)


def evidence(phases: Sequence[PhaseSpan]) -> tuple[str, ...]:
    """What a tool last printed in the step that failed; empty where the last one did not."""
    failed = [step for step in phases[-1:] if step.state is OperationState.FAILED]
    return failed[0].printed[-_SHOWN_LINES:] if failed else ()


def _with(step: PhaseSpan, event: Event) -> PhaseSpan:
    match event:
        case Remarked():
            return replace(step, remarks=(*step.remarks, event.text))
        case Printed():
            return replace(step, printed=(*step.printed, event.line)[-KEPT_LINES:])
        case Advanced():
            return replace(step, done=event.done, total=event.total)
        case _:
            return step
