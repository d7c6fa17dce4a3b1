"""When a run of a search is ended before its time: pure functions of what was measured so far.

Each value of the metric that a run logs is one interval. A policy looks at a run when it reaches
an interval, and at the others up to that interval only, so that those that began earlier have no
advantage. The rules are those Azure Machine Learning documents for its policies of these names.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.runs.search.goal import Goal

Series = Sequence[float]


class Policy(ABC):
    """Decides about one run at one interval.

    Attributes:
        every: It looks at intervals that are multiples of this.
        delay: It does not look at those before this one.
    """

    every: int
    delay: int

    def looks_at(self, interval: int) -> bool:
        """Whether it decides at this interval; the first value is interval 1."""
        return interval >= max(1, self.delay) and interval % self.every == 0

    @abstractmethod
    def ends(self, run: Series, others: Sequence[Series], goal: Goal) -> bool:
        """Whether a run is to be ended at the interval it has reached, which is `len(run)`.

        Args:
            others: The other runs of the search, those that have ended as well.
        """


@dataclass(frozen=True)
class NoPolicy(Policy):
    """Every run goes on to its end."""

    every: int = 1
    delay: int = 0

    def ends(self, run: Series, others: Sequence[Series], goal: Goal) -> bool:  # noqa: ARG002
        """Never."""
        return False


@dataclass(frozen=True)
class Bandit(Policy):
    """Ends what is worse than the best so far by more than a slack.

    Attributes:
        factor: A share of the best: with 0.2 and a best of 0.8 it is 0.8 / 1.2 that is needed,
            or at most 0.8 * 1.2 where less is better.
        amount: The same as a difference; one of the two is given.
    """

    factor: float | None = None
    amount: float | None = None
    every: int = 1
    delay: int = 0

    def __post_init__(self) -> None:
        _check_times(self)
        if (self.factor is None) == (self.amount is None):
            raise _invalid("A bandit policy needs one slack.", "Give a factor or an amount.")
        slack = self.factor if self.amount is None else self.amount
        if slack is not None and slack < 0:
            raise _invalid(f"A slack cannot be {slack}.", "Give one of 0 or more.")

    def ends(self, run: Series, others: Sequence[Series], goal: Goal) -> bool:
        """Whether its best is beyond the slack of the best of all."""
        interval = len(run)
        best = goal.best([*run, *(value for each in others for value in each[:interval])])
        return goal.is_better(self._needed(best, goal), goal.best(run))

    def _needed(self, best: float, goal: Goal) -> float:
        down = goal is Goal.MAXIMIZE
        if self.factor is None:
            amount = self.amount or 0.0
            return best - amount if down else best + amount
        # Below zero the same factor leads the other way, or the best itself would be ended.
        return best / (1 + self.factor) if down == (best >= 0) else best * (1 + self.factor)


@dataclass(frozen=True)
class MedianStopping(Policy):
    """Ends a run whose best is worse than the median of all runs' averages so far."""

    every: int = 1
    delay: int = 0

    def __post_init__(self) -> None:
        _check_times(self)

    def ends(self, run: Series, others: Sequence[Series], goal: Goal) -> bool:
        """Compared with the runs that got as far, itself among them."""
        interval = len(run)
        averages = [fmean(each[:interval]) for each in others if len(each) >= interval]
        return goal.is_better(median([*averages, fmean(run)]), goal.best(run))


@dataclass(frozen=True)
class Truncation(Policy):
    """Ends the lowest part of the runs, compared by their value at the interval.

    Attributes:
        percentage: Of the runs that got as far, 1 to 99; rounded down to whole runs.
    """

    percentage: int
    every: int = 1
    delay: int = 0

    def __post_init__(self) -> None:
        _check_times(self)
        if not 1 <= self.percentage <= 99:
            raise _invalid(
                f"{self.percentage} percent of the runs cannot be ended.", "Give 1 to 99."
            )

    def ends(self, run: Series, others: Sequence[Series], goal: Goal) -> bool:
        """Whether so few are worse that it is in that part."""
        at = len(run) - 1
        compared = [each[at] for each in others if len(each) > at]
        worse = sum(goal.is_better(run[at], value) for value in compared)
        return worse < (len(compared) + 1) * self.percentage // 100


def _check_times(policy: Policy) -> None:
    if policy.every < 1:
        raise _invalid(f"A policy cannot look every {policy.every} intervals.", "Give 1 or more.")
    if policy.delay < 0:
        raise _invalid(f"A policy cannot wait for {policy.delay} intervals.", "Give 0 or more.")


def _invalid(message: str, hint: str) -> InvalidInputError:
    return InvalidInputError(message, code=ErrorCode.SEARCH_POLICY_INVALID, hint=hint)
