"""Which of two values of a metric is the better one."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Goal(StrEnum):
    """What a search does to its metric."""

    MAXIMIZE = "maximize"
    MINIMIZE = "minimize"

    def best(self, values: Iterable[float]) -> float:
        """The best of values, of which there is one at least."""
        return max(values) if self is Goal.MAXIMIZE else min(values)

    def is_better(self, one: float, than: float) -> bool:
        """Whether one value is better than another; of two that are equal none is."""
        return one > than if self is Goal.MAXIMIZE else one < than
