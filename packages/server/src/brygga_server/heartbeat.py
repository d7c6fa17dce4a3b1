"""Whether a front hangs, by what is heard from it and by what it does.

A front that is heard from says so twice a second. One that says nothing is looked at once a second,
and what counts is not how long that has lasted, but how long it could have spoken: it slept, or it
ran. A machine that has no memory or no processor left for it, and one that was asleep itself, do
not make a front hang.

Standard library only: the supervisor uses it too.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from enum import StrEnum

from brygga_server.watched import Vitals, Watched

LOOK = 1.0  # seconds between two looks
BEAT = 0.5  # seconds between two signs of life
PATIENCE = 20.0  # seconds in which it could have spoken
_LATE = 3.0  # seconds after which a look comes so late that the machine, or we, have slept


class Found(StrEnum):
    """What a look finds."""

    WELL = "well"
    STOPPED = "stopped"
    HANGS = "hangs"


class Heartbeat:
    """Of one process."""

    def __init__(self, process: Watched, now: float) -> None:
        """Nothing is expected of it before it was heard for the first time.

        Args:
            now: Seconds of a clock that never goes back.
        """
        self._process = process
        self._looked = now
        self._last: Vitals | None = None
        self._expected = False
        self._silent = 0.0

    @property
    def silent(self) -> float:
        """Seconds for which it could have spoken, and has not."""
        return self._silent

    def heard(self) -> None:
        """It has spoken."""
        self._expected = True
        self._silent = 0.0

    def look(self, now: float) -> Found:
        """To be called each `LOOK` seconds."""
        vitals, last = self._process.vitals(), self._last
        passed, self._looked, self._last = now - self._looked, now, vitals
        if vitals is None:
            return Found.WELL  # it has ended, which others notice
        if vitals.state == "T":
            return Found.STOPPED
        if self._expected and last is not None and passed < _LATE:
            self._silent += _could_have_spoken(last, vitals, passed)
        return Found.HANGS if self._silent > PATIENCE else Found.WELL


def _could_have_spoken(last: Vitals, now: Vitals, passed: float) -> float:
    """Seconds, of those that have passed between two looks."""
    if now.faults != last.faults or now.state in "Dt":
        return 0.0
    return passed if now.state == "S" else min(passed, now.cpu - last.cpu)


class FrontWatch:
    """Looks after a front: has it go on where it was stopped, ends it where it hangs."""

    def __init__(self, process: Watched, now: float, tell: Callable[[str], None]) -> None:
        """Has seen nothing yet.

        Args:
            process: The front.
            now: See `Heartbeat`.
            tell: Is told in a sentence what was found and done.
        """
        self._process = process
        self._heartbeat = Heartbeat(process, now)
        self._tell = tell
        self._ending = False
        self.heard = self._heartbeat.heard

    def look(self, now: float) -> None:
        """To be called each `LOOK` seconds."""
        found = self._heartbeat.look(now)
        if found is Found.STOPPED:
            self.go_on()
        elif found is Found.HANGS and self._ending:
            self._process.send(signal.SIGKILL)  # it was asked to say where it hangs, and is gone
        elif found is Found.HANGS:
            self._ending = True
            self._tell(
                f"the front hangs: it has given no sign of life for {self._heartbeat.silent:.0f} s "
                "in which it could have; it is ended, and started again"
            )
            self._process.send(signal.SIGABRT)  # it writes to the log where it is

    def go_on(self) -> None:
        """It was stopped by a signal."""
        self._tell("the front was stopped by a signal; it goes on")
        self._process.send(signal.SIGCONT)
