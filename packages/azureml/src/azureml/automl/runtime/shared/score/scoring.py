"""Measures of a regression or a forecast."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from azureml.automl.core.shared.constants import Metric
from azureml.exceptions import UserErrorException

__all__ = ["score_regression"]

_NORMALIZED = "normalized_"


def score_regression(y_test: Any, y_pred: Any, metrics: Iterable[str]) -> dict[str, float]:
    """Each measure by its name; true values that are 0 do not count in a percentage.

    Raises:
        UserErrorException: a measure that there is not.
    """
    import numpy as np

    true, told = (np.asarray(each, dtype=float).ravel() for each in (y_test, y_pred))
    wanted = list(metrics)
    unknown = sorted(set(wanted) - Metric.SCALAR_REGRESSION_SET)
    if unknown:
        raise UserErrorException(
            f"There is no measure {', '.join(unknown)}: there are "
            f"{', '.join(sorted(Metric.SCALAR_REGRESSION_SET))}."
        )
    return {name: _measure(name, true, told) for name in wanted}


def _measure(name: str, true: Any, told: Any) -> float:
    plain = name.removeprefix(_NORMALIZED)
    value = float(_MEASURES[plain](true, told))
    return value / float(true.max() - true.min()) if plain != name else value


def _root_mean_square(error: Any) -> Any:
    return (error**2).mean() ** 0.5


def _percentage(true: Any, told: Any) -> Any:
    counted = true != 0
    return 100 * abs((true[counted] - told[counted]) / true[counted]).mean()


def _logarithmic(true: Any, told: Any) -> Any:
    import numpy as np

    if min(true.min(), told.min()) <= -1:
        return np.nan
    return _root_mean_square(np.log1p(true) - np.log1p(told))


def _ranks(true: Any, told: Any) -> Any:
    import pandas as pd

    return pd.Series(true).rank().corr(pd.Series(told).rank())


def _median(true: Any, told: Any) -> Any:
    import numpy as np

    return np.median(abs(true - told))


_MEASURES: dict[str, Callable[[Any, Any], Any]] = {
    Metric.ExplainedVariance: lambda true, told: 1 - (true - told).var() / true.var(),
    Metric.R2Score: lambda true, told: 1 - ((true - told) ** 2).mean() / true.var(),
    Metric.Spearman: _ranks,
    Metric.MAPE: _percentage,
    Metric.MeanAbsError: lambda true, told: abs(true - told).mean(),
    Metric.MedianAbsError: _median,
    Metric.RMSE: lambda true, told: _root_mean_square(true - told),
    Metric.RMSLE: _logarithmic,
}
