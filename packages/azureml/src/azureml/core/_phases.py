"""The phases of a deployment, told in v1's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

_BUILDING = ("Installing", "Building", "Downloading")


@dataclass(frozen=True)
class Phase:
    """When it began, and its line."""

    at: datetime
    line: str

    def __str__(self) -> str:
        return f"{self.at.isoformat(' ', 'seconds')} {self.line}"


class Phases:
    """Takes Brygga's lines of progress as they come; tells v1's when they are asked for."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._said: list[Phase] = []
        self._told = 0
        self._built = False
        self._say("Registering the environment.")

    def note(self, line: str) -> None:
        """A line of Brygga's."""
        if line.startswith(_BUILDING) and not self._built:
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

    def untold(self) -> list[Phase]:
        """Those that were not told yet."""
        fresh = self._said[self._told :]
        self._told = len(self._said)
        return fresh

    def _say(self, line: str) -> None:
        self._said.append(Phase(datetime.now().astimezone(), line))
