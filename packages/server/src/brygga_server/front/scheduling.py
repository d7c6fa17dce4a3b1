"""What the front does differently where it has no core of its own."""

from __future__ import annotations

import os
from contextlib import suppress

from brygga_server.front.spawn import wanted_workers
from brygga_server.settings import ServerSettings


def crowded(settings: ServerSettings) -> bool:
    """Whether the front only runs while some worker does not: no core is left for it."""
    cores: float = len(os.sched_getaffinity(0))
    if settings.cpu_cores is not None:
        cores = min(cores, settings.cpu_cores)
    return cores <= wanted_workers(settings)


def let_workers_finish() -> None:
    """Does not interrupt a worker that runs, for each of its replies.

    Being woken, a process of the kernel's "batch" class waits for its turn (some milliseconds at
    most, where nobody is idle). So the front finds several replies and several requests at a time,
    and both find their data in the processor's caches. What it starts is of the ordinary class.
    """
    with suppress(OSError):  # refused in some sandboxes: a matter of speed only
        os.sched_setscheduler(0, os.SCHED_BATCH | os.SCHED_RESET_ON_FORK, os.sched_param(0))
