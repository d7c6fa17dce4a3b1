"""What an algorithm is chosen for, and within which bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError

LESS_IS_BETTER = frozenset(
    (
        "log_loss", "mean_absolute_error", "mean_absolute_percentage_error",
        "median_absolute_error", "normalized_mean_absolute_error",
        "normalized_root_mean_squared_error", "root_mean_squared_error",
    )
)  # fmt: skip
"""Of v1's metrics."""


class AutoMLTask(StrEnum):
    """What is to be told of a row."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"
    FORECASTING = "forecasting"


@dataclass(frozen=True)
class AutoMLSpec:
    """A task, and how long it may take.

    Attributes:
        label: The column that is to be told.
        metric: By v1's name.
        seconds: Of searching; None where only `iterations` ends it.
        trial_seconds: Of one model at most.
        learners: By FLAML's names; none: those FLAML takes by itself.
        validation: What FLAML is told of how to validate.
        weight: The column of the weights of rows.
        time: Of a forecast: the column of the time.
        horizon: Of a forecast: how many rows ahead.
    """

    task: AutoMLTask
    label: str
    metric: str
    seconds: float | None = None
    iterations: int | None = None
    trial_seconds: float | None = None
    learners: Sequence[str] = ()
    validation: Mapping[str, Any] = field(default_factory=dict)
    weight: str | None = None
    time: str | None = None
    horizon: int = 1
    early_stop: bool = False
    less_is_better: bool = field(init=False)
    jobs: int = -1

    def __post_init__(self) -> None:
        """Refuses a search without an end, or without a time.

        Raises:
            InvalidInputError: which it is.
        """
        object.__setattr__(self, "less_is_better", self.metric in LESS_IS_BETTER)
        if self.seconds is None and self.iterations is None:
            raise _invalid("A search for an algorithm needs an end.", "Give seconds or iterations.")
        for bound in (self.seconds, self.iterations, self.trial_seconds):
            if bound is not None and not bound > 0:
                raise _invalid(f"A search cannot have the bound {bound:g}.", "Give more than 0.")
        if self.task is AutoMLTask.FORECASTING and not self.time:
            raise _invalid("A forecast needs the column of its time.", "Name it.")


def _invalid(message: str, hint: str) -> InvalidInputError:
    return InvalidInputError(message, code=ErrorCode.SEARCH_INVALID, hint=hint)
