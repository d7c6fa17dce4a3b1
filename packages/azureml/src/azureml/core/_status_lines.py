"""What v1 prints of a deployment, made of the phases Brygga goes through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from brygga.operations import Event, Phase, PhaseBegan, Progress

# What v1 did within an image: what was made before is "the existing image" in its words.
_BUILDING = (Phase.DOWNLOADING, Phase.INSTALLING, Phase.PULLING, Phase.BUILDING)


@dataclass(frozen=True)
class StatusLine:
    """When it came true, and its line."""

    at: datetime
    line: str

    def __str__(self) -> str:
        return f"{self.at.isoformat(' ', 'seconds')} {self.line}"


class StatusLines(Progress):
    """Follows a deployment; tells v1's lines when they are asked for."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._said: list[StatusLine] = []
        self._told = 0
        self._built = False
        self._say("Registering the environment.")

    def tell(self, event: Event) -> None:
        """The first thing that is built is all that v1 tells of the way to an image."""
        if isinstance(event, PhaseBegan) and event.phase in _BUILDING and not self._built:
            self._built = True
            self._say("Building image..")

    def started(self) -> None:
        """The service was handed to its target."""
        if not self._built:
            self._say("Use the existing image.")
        self._say("Generating deployment configuration.")
        self._say("Submitting deployment to compute.")
        self._say(f"Checking the status of deployment {self._service}.")

    def serving(self) -> None:
        """The service answers."""
        self._say(f"Checking the status of inference endpoint {self._service}.")

    def untold(self) -> list[StatusLine]:
        """Those that were not told yet."""
        fresh = self._said[self._told :]
        self._told = len(self._said)
        return fresh

    def _say(self, line: str) -> None:
        self._said.append(StatusLine(datetime.now().astimezone(), line))
