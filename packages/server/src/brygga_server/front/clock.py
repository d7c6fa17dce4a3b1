"""The time that all who wait in the front go by, so that one hand can move it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """An event loop, and the clock that its timers and the workers' progress pages go by."""

    loop: asyncio.AbstractEventLoop
    now: Callable[[], float] = time.monotonic  # seconds of CLOCK_MONOTONIC, which workers tell too
