"""What clients may take of a gateway: the limits of a front, and a bound on all that it keeps."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import Protocol

from brygga_server.front.limits import Limits
from brygga_server.settings import read

BUFFERED_BYTES = 16 << 20  # of requests and answers, at any time
_CROWDED = 0.9  # of the connections there may be


def limits_of(settings: Mapping[str, object]) -> Limits:
    """The limits of a front with these settings; a client takes two files here, one at the front.

    Args:
        settings: Those that `check_settings` lets pass.
    """
    limits = Limits.of(read(settings, environ={}))
    return replace(limits, connections=max(1, limits.connections // 2))


class Client(Protocol):
    """Who keeps bytes here: see `Downstream`."""

    held: int
    deadline: float

    @property
    def idle(self) -> bool:
        """Whether it rests between two requests."""

    @property
    def slow_since(self) -> float:
        """Since when it has not read its answers; infinite where it reads."""

    def forgo(self) -> None:
        """Gives up what it keeps only for the case that a replica dies."""

    def expire(self) -> None:
        """Its time is over."""

    def cut(self) -> None:
        """Ends it at once."""


@dataclass(slots=True)
class Room:
    """Counts the bytes that are kept for clients, and makes room where they are too many."""

    clients: Set[Client]
    most: int = BUFFERED_BYTES
    buffered: int = 0

    def keep(self, client: Client, size: int) -> None:
        """Notes how many bytes are kept for a client now."""
        self.buffered += size - client.held
        client.held = size
        if self.buffered > self.most:
            self._make_room()

    def _make_room(self) -> None:
        """First goes what is only kept for a second try; then the slowest client, and so on."""
        for client in sorted(self.clients, key=lambda each: -each.held):
            client.forgo()
            if self.buffered <= self.most:
                return
        for client in sorted(self.clients, key=lambda each: (each.slow_since, -each.held)):
            if client.held:
                client.cut()
            if self.buffered <= self.most:
                return


def look_at_clients(clients: Set[Client], limits: Limits, now: float) -> None:
    """Deadlines; and who rests longest makes room for who asks."""
    for client in [each for each in clients if each.deadline <= now]:
        client.expire()
    crowd = len(clients) - int(_CROWDED * limits.connections)
    if crowd > 0:
        resting = sorted((each for each in clients if each.idle), key=lambda each: each.deadline)
        for client in resting[:crowd]:
            client.expire()
