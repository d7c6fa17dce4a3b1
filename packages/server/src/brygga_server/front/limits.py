"""The bounds of one connection."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from typing import Self

from brygga_server.settings import ServerSettings

SLOW_READER = 1024  # bytes a second that a client has to read of its answer
LINGER_SECONDS = 2.0  # for a client to take its last answer, before the connection is cut;
LINGER_BYTES = 1 << 20  # what it sends meanwhile is thrown away up to here
_SHARE_FOR_BODIES = 0.25  # of the service's memory


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds."""

    header_bytes: int
    body_bytes: int
    header_timeout: float
    body_timeout: float
    idle_timeout: float
    connections: int = 1 << 20  # more are told to come again,
    turned_away: int = 1 << 10  # and more than so many of those are cut without a word

    @classmethod
    def of(cls, settings: ServerSettings) -> Self:
        """The limits that settings ask for."""
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        # What clients may not take: workers, logs and status need files as well.
        spare = max(64, min(1024, files // 8))
        return cls(
            header_bytes=settings.max_header_bytes,
            body_bytes=min(settings.max_body_bytes, buffered_bytes(settings)),
            header_timeout=settings.header_timeout_s,
            body_timeout=settings.body_timeout_s,
            idle_timeout=settings.idle_timeout_s,
            connections=max(1, files - spare),
            turned_away=spare // 2,
        )


def buffered_bytes(settings: ServerSettings) -> int:
    """How much all bodies together may hold: a share of the service's memory at the most.

    The worker that reads one makes objects of it, which take more than that again.
    """
    if settings.memory_bytes is None:
        return settings.max_buffered_bytes
    return min(settings.max_buffered_bytes, int(_SHARE_FOR_BODIES * settings.memory_bytes))
