"""The bounds of one connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from brygga_server.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds."""

    header_bytes: int
    body_bytes: int
    header_timeout: float
    body_timeout: float
    idle_timeout: float

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits that settings ask for."""
        return cls(
            header_bytes=settings.max_header_bytes,
            body_bytes=settings.max_body_bytes,
            header_timeout=settings.header_timeout_s,
            body_timeout=settings.body_timeout_s,
            idle_timeout=settings.idle_timeout_s,
        )
