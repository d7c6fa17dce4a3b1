"""How work tells what it is doing."""

from __future__ import annotations

import abc
import threading
from collections.abc import Callable

from brygga.operations.event import Advanced, Event, PhaseBegan, Printed, Remarked, RevisionMade
from brygga.operations.phase import Phase


class Progress(abc.ABC):
    """Whom work tells what it is doing; called from whatever thread does the work."""

    @abc.abstractmethod
    def tell(self, event: Event) -> None:
        """Takes what happened. Must be quick: the work waits for it."""

    def phase(self, phase: Phase, text: str) -> None:
        """A phase begins; `text` says it to people, without a full stop."""
        self.tell(PhaseBegan(phase, text))

    def remark(self, text: str) -> None:
        """Something to know of the present phase."""
        self.tell(Remarked(text))

    def printed(self, line: str) -> None:
        """A line of a tool's own output."""
        self.tell(Printed(line))

    def advance(self, done: int, total: int) -> None:
        """So much of the present phase is done."""
        self.tell(Advanced(done, total))

    def revision(self, number: int) -> None:
        """The service has got this revision."""
        self.tell(RevisionMade(number))


class _Silent(Progress):
    def tell(self, event: Event) -> None:
        """Nobody wants to know."""


SILENT: Progress = _Silent()
"""Tells nobody."""


class Lines(Progress):
    """Says it in lines: one for each phase, what belongs to it indented below."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say

    def tell(self, event: Event) -> None:
        """How far a phase is makes no line."""
        match event:
            case PhaseBegan():
                self._say(f"{event.text}.")
            case Remarked():
                self._say(f"  {event.text}")
            case Printed():
                self._say(f"  {event.line}")


class Several(Progress):
    """Tells several, in their order."""

    def __init__(self, *listeners: Progress) -> None:
        self._listeners = listeners

    def tell(self, event: Event) -> None:
        """What one of them raises is raised, and ends the work."""
        for each in self._listeners:
            each.tell(event)


class OneAtATime(Progress):
    """Tells somebody what several threads have to say."""

    def __init__(self, listener: Progress) -> None:
        self._listener = listener
        self._telling = threading.Lock()

    def tell(self, event: Event) -> None:
        """The threads wait for each other."""
        with self._telling:
            self._listener.tell(event)


ProgressLike = Progress | Callable[[str], None] | None
"""What public calls take for `progress`: a Progress, or something to be called with each line."""


def progress_of(given: ProgressLike) -> Progress:
    """What a caller gave, as the work below takes it."""
    if given is None:
        return SILENT
    return given if isinstance(given, Progress) else Lines(given)
