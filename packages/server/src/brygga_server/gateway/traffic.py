"""What the gateway counts of the requests that pass through it."""

from __future__ import annotations

from brygga_server.front.metrics import SECONDS, Histogram, traffic


class PassingTraffic:
    """Counts since the gateway was started; those for Prometheus are the replicas' own."""

    __slots__ = ("_errors", "_requests", "_seconds")

    def __init__(self) -> None:
        self._requests = 0
        self._errors = 0
        self._seconds = Histogram(SECONDS)

    def answered(self, status: int, seconds: float) -> None:
        """A request whose answer begins, so long after it came."""
        self._requests += 1
        self._errors += status >= 500
        self._seconds.observe(seconds)

    def report(self) -> dict[str, object]:
        """For status, as a front reports its own."""
        return traffic(self._requests, self._errors, self._seconds)
