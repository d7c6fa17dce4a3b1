"""What work tells of itself."""

from __future__ import annotations

from dataclasses import dataclass

from brygga.operations.phase import Phase


@dataclass(frozen=True)
class PhaseBegan:
    """A phase began, and with it the one before ended.

    Attributes:
        text: What is done, for people: a sentence without its full stop.
    """

    phase: Phase
    text: str


@dataclass(frozen=True)
class Remarked:
    """Something people should know of the present phase."""

    text: str


@dataclass(frozen=True)
class Printed:
    """A line that a tool printed, as an engine that builds an image does."""

    line: str


@dataclass(frozen=True)
class Advanced:
    """How much of the present phase is done."""

    done: int
    total: int


@dataclass(frozen=True)
class RevisionMade:
    """The service has a new revision, which is what comes of the operation."""

    number: int


Event = PhaseBegan | Remarked | Printed | Advanced | RevisionMade
