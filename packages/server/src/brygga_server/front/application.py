"""What a connection needs of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from brygga_server.front.exchange import Exchange
from brygga_server.front.limits import Limits
from brygga_server.front.outcomes import Outcome

if TYPE_CHECKING:
    from brygga_server.front.protocol import Connection


class Application(Protocol):
    """The rest of the front, as a connection sees it."""

    connections: set[Connection]

    @property
    def limits(self) -> Limits:
        """What a connection may take."""

    @property
    def now(self) -> float:
        """Monotonic seconds, as old as the last look at the connections."""

    @property
    def draining(self) -> bool:
        """Whether this is the end."""

    def begin(self, exchange: Exchange) -> None:
        """The head is complete: settles ids, key and route, and sets `refusal` where it must."""

    def reserve(self, exchange: Exchange, size: int) -> bool:
        """Room for a part of a body."""

    def handle(self, exchange: Exchange) -> None:
        """The request is complete; answers it with `Connection.respond`, now or later."""

    def refuse(self, exchange: Exchange, cause: Outcome, message: str = "") -> None:
        """Answers a request that was not read to its end."""

    def abandon(self, exchange: Exchange) -> None:
        """The client is gone."""

    def stalled(self, exchange: Exchange, stalled: bool) -> None:
        """The client of a streamed answer stopped reading, or reads again."""
