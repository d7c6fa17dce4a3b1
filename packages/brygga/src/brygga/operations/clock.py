"""What operations ask for the time, so that tests can say it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class WallClock:
    """The time of this machine.

    Attributes:
        now: Seconds since 1970; may be set back.
        monotonic: Seconds that only grow, for what takes how long.
        sleep: Waits so many seconds.
    """

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
