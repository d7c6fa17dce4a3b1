"""What a connection needs of the server."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from brygga_server.front.exchange import Exchange
from brygga_server.front.limits import Limits
from brygga_server.front.outcomes import Refusal

C = TypeVar("C")  # what a connection is
Begin = Callable[[Exchange], Refusal | None]
"""Settles ids, key and route of a request by its head, or says why it goes no further."""


class Application(ABC, Generic[C]):
    """The rest of the front, as a connection sees it."""

    connections: set[C]
    limits: Limits  # what a connection may take
    now: float  # monotonic seconds, as old as the last look at the connections
    draining: bool  # whether this is the end
    # Called for every request, so that a method that passes it on would show.
    begin: Begin  # the head is complete
    handle: Callable[[Exchange], None]  # so is the request: answers it, now or later

    @abstractmethod
    def reserve(self, exchange: Exchange, size: int) -> bool:
        """Room for a part of a body."""

    @abstractmethod
    def refuse(self, exchange: Exchange, refusal: Refusal) -> None:
        """Answers a request that was not read to its end."""

    @abstractmethod
    def abandon(self, exchange: Exchange) -> None:
        """The client is gone."""

    @abstractmethod
    def stalled(self, exchange: Exchange, stalled: bool) -> None:
        """The client of a streamed answer stopped reading, or reads again."""
