"""What a service has answered since it was started, and how long that took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Self

from brygga.markup import card


@dataclass(frozen=True)
class Traffic:
    """Sums of its front, or of its gateway; they begin at zero when that starts anew.

    Attributes:
        errors: Requests that were answered with a status of 500 or more.
        bounds: Seconds; upper ends of the buckets that `counts` counts, which has one more.
    """

    requests: int
    errors: int
    bounds: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()

    @classmethod
    def read(cls, told: object) -> Self | None:
        """From what a target tells; None where it tells nothing, as older servers do."""
        if not isinstance(told, Mapping) or "requests" not in told:
            return None
        seconds = told.get("seconds") or {}
        return cls(
            requests=int(told["requests"]),
            errors=int(told["errors"]),
            bounds=tuple(map(float, seconds.get("bounds", ()))),
            counts=tuple(map(int, seconds.get("counts", ()))),
        )

    def _repr_html_(self) -> str:
        half, most = self.quantile(0.5), self.quantile(0.99)
        return card(
            "Traffic",
            {
                "requests": str(self.requests),
                "errors": str(self.errors),
                "half within": None if half is None else f"{1000 * half:.1f} ms",
                "99 % within": None if most is None else f"{1000 * most:.1f} ms",
            },
        )

    def since(self, earlier: Traffic | None) -> Traffic:
        """What came since an earlier look; all of it where it was started anew meanwhile."""
        if earlier is None or earlier.requests > self.requests or earlier.bounds != self.bounds:
            return self
        counts = tuple(now - then for now, then in zip(self.counts, earlier.counts, strict=True))
        if min(counts, default=0) < 0:
            return self
        return Traffic(
            self.requests - earlier.requests, self.errors - earlier.errors, self.bounds, counts
        )

    def quantile(self, share: float) -> float | None:
        """Seconds within which so large a share was answered, as far as buckets tell.

        None where nothing was answered. Between two bounds times count as spread evenly; beyond
        the last one it is that bound.
        """
        total = sum(self.counts)
        if not total:
            return None
        wanted = share * total
        for index, reached in enumerate(accumulate(self.counts)):
            if reached >= wanted and self.counts[index]:
                break
        if index == len(self.bounds):
            return self.bounds[-1]
        below = self.bounds[index - 1] if index else 0.0
        within = (wanted - (reached - self.counts[index])) / self.counts[index]
        return below + (self.bounds[index] - below) * within
