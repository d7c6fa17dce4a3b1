"""Who may come in: bounds on waiting requests and on the bodies held at one time."""

from __future__ import annotations

from dataclasses import dataclass

from brygga_server.front.exchange import Exchange


@dataclass(slots=True)
class Admission:
    """Counts what is held; bodies are reserved before they are read."""

    queue_size: int
    max_buffered_bytes: int
    buffered: int = 0

    def reserve(self, exchange: Exchange, size: int) -> bool:
        """Takes room for `size` more bytes of body; False where there is none."""
        if self.buffered + size > self.max_buffered_bytes:
            return False
        self.buffered += size
        exchange.reserved += size
        return True

    def release(self, exchange: Exchange) -> None:
        """Gives the room of a body back; calling it again does nothing."""
        self.buffered -= exchange.reserved
        exchange.reserved = 0
