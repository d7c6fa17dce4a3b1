"""When a run of a search is ended before its time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from azureml._support.errors import translated
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from brygga.runs.search import Policy

__all__ = [
    "BanditPolicy",
    "EarlyTerminationPolicy",
    "MedianStoppingPolicy",
    "NoTerminationPolicy",
    "TruncationSelectionPolicy",
]


class EarlyTerminationPolicy(ABC):
    """Ends runs that are not worth their time."""

    POLICY_NAME: str

    def __init__(self, evaluation_interval: int = 1, delay_evaluation: int = 0) -> None:
        self._evaluation_interval = evaluation_interval
        self._delay_evaluation = delay_evaluation
        with translated(UserErrorException):
            self._policy()

    @property
    def evaluation_interval(self) -> int:
        """It looks at intervals that are multiples of this."""
        return self._evaluation_interval

    @property
    def delay_evaluation(self) -> int:
        """It does not look at those before this one."""
        return self._delay_evaluation

    @abstractmethod
    def _policy(self) -> Policy:
        """What Brygga calls it."""


class BanditPolicy(EarlyTerminationPolicy):
    """Ends what is worse than the best by more than a slack."""

    POLICY_NAME = "Bandit"

    def __init__(
        self,
        evaluation_interval: int = 1,
        slack_factor: float | None = None,
        slack_amount: float | None = None,
        delay_evaluation: int = 0,
    ) -> None:
        self._slack_factor = slack_factor
        self._slack_amount = slack_amount
        super().__init__(evaluation_interval, delay_evaluation)

    @property
    def slack_factor(self) -> float | None:
        """As a share of the best."""
        return self._slack_factor

    @property
    def slack_amount(self) -> float | None:
        """As a difference."""
        return self._slack_amount

    def _policy(self) -> Policy:
        from brygga.runs.search import Bandit

        return Bandit(
            self._slack_factor,
            self._slack_amount,
            self._evaluation_interval,
            self._delay_evaluation,
        )


class MedianStoppingPolicy(EarlyTerminationPolicy):
    """Ends what is worse than the median of all averages."""

    POLICY_NAME = "MedianStopping"

    def _policy(self) -> Policy:
        from brygga.runs.search import MedianStopping

        return MedianStopping(self._evaluation_interval, self._delay_evaluation)


class TruncationSelectionPolicy(EarlyTerminationPolicy):
    """Ends the lowest part of the runs."""

    POLICY_NAME = "TruncationSelection"

    def __init__(
        self, truncation_percentage: int, evaluation_interval: int = 1, delay_evaluation: int = 0
    ) -> None:
        self._truncation_percentage = truncation_percentage
        super().__init__(evaluation_interval, delay_evaluation)

    @property
    def truncation_percentage(self) -> int:
        """Of the runs that got as far."""
        return self._truncation_percentage

    def _policy(self) -> Policy:
        from brygga.runs.search import Truncation

        return Truncation(
            self._truncation_percentage, self._evaluation_interval, self._delay_evaluation
        )


class NoTerminationPolicy(EarlyTerminationPolicy):
    """Every run goes on to its end."""

    POLICY_NAME = "Default"

    def __init__(self) -> None:
        super().__init__()

    def _policy(self) -> Policy:
        from brygga.runs.search import NoPolicy

        return NoPolicy()
