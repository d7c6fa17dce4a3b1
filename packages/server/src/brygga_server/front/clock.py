"""The time that all who wait in the front go by, so that one hand can move it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Timer(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """It does not come."""


class Loop(Protocol):
    """What the scheduler needs of an event loop."""

    def call_soon(self, callback: Callable[..., object], *args: object) -> Timer:
        """Calls back when what is going on has come to its end."""

    def call_later(self, delay: float, callback: Callable[..., object], *args: object) -> Timer:
        """Calls back in so many seconds."""

    def add_reader(self, fd: int, callback: Callable[..., object], *args: object) -> None:
        """Calls back whenever a descriptor can be read from."""

    def remove_reader(self, fd: int) -> bool:
        """Does not any more."""

    def add_writer(self, fd: int, callback: Callable[..., object], *args: object) -> None:
        """Calls back whenever a descriptor can be written to."""

    def remove_writer(self, fd: int) -> bool:
        """Does not any more."""


@dataclass(frozen=True, slots=True)
class Clock:
    """An event loop, and the clock that its timers and the workers' progress pages go by."""

    loop: Loop
    now: Callable[[], float] = time.monotonic  # seconds of CLOCK_MONOTONIC, which workers tell too
