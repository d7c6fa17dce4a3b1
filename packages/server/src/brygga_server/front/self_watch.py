"""A front that is the first process of its container: nobody is above it to see that it hangs.

So a thread of its own looks, by the rules of a supervisor, and ends it: the engine starts the
container again. A loop that hangs in C code and keeps the interpreter to itself is not seen.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable

from brygga_server.heartbeat import LOOK, Found, Heartbeat
from brygga_server.watched import PidfdProcess, Watched

HUNG = 134  # as a process that has ended by SIGABRT, which does nothing to a first process


class SelfWatch:
    """Looks at the process that it is in."""

    def __init__(self, process: Watched, now: float, end: Callable[[str], None]) -> None:
        """Has seen nothing yet.

        Args:
            process: The front, which is this process.
            now: Seconds of a clock that never goes back.
            end: Is told why, and ends it.
        """
        self._heartbeat = Heartbeat(process, now)
        self._end = end
        self.beat = self._heartbeat.heard

    def look(self, now: float) -> None:
        """To be called each `LOOK` seconds, by another thread than that of the loop."""
        if self._heartbeat.look(now) is Found.HANGS:
            self._end(
                f"the front hangs: its loop has not turned for {self._heartbeat.silent:.0f} s in "
                "which it could have; it is here, and ends:"
            )


def watch_itself() -> SelfWatch:
    """Has a thread look at this process from now on."""
    watch = SelfWatch(PidfdProcess.of(os.getpid()), time.monotonic(), _end)

    def look() -> None:
        while True:
            time.sleep(LOOK)
            watch.look(time.monotonic())

    threading.Thread(target=look, name="self-watch", daemon=True).start()
    return watch


def _end(why: str) -> None:
    os.write(sys.stderr.fileno(), f"{why}\n".encode())
    faulthandler.dump_traceback(all_threads=True)
    os._exit(HUNG)
