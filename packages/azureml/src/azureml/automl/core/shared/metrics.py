"""The older spelling of `azureml.automl.runtime.shared.score.scoring`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from azureml.automl.runtime.shared.score.scoring import score_regression

__all__ = ["compute_metrics_regression"]


def compute_metrics_regression(
    y_pred: Any, y_test: Any, metrics: Iterable[str], *unused: Any
) -> dict[str, float]:
    """Each measure by its name; what v1 scaled by (bins, ranges) comes from the true values."""
    return score_regression(y_test, y_pred, metrics)
