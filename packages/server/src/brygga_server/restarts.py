"""How long whoever starts a process again waits before.

Standard library only: the supervisor uses it too.
"""

from __future__ import annotations

LONGEST = 30.0
_CALM = 10.0  # what lived this long was not part of a loop


class Restarts:
    """None after a first end, since somebody waits; then longer and longer, until one lives."""

    def __init__(self) -> None:
        self._ends = 0

    def pause(self, lived: float, longest: float = LONGEST) -> float:
        """What has ended just now is to be started again in so many seconds.

        Args:
            lived: For so many seconds.
            longest: Is to be waited at the most.
        """
        self._ends = 1 if lived > _CALM else self._ends + 1
        return 0.0 if self._ends == 1 else min(longest, 0.25 * 2.0 ** min(self._ends - 2, 10))

    def forget(self) -> None:
        """What there was is over: another one serves."""
        self._ends = 0
