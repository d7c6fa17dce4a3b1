"""Measures of forecasts, as notebooks on forecasting compute them; scikit-learn has the same."""

import numpy as np
import pytest

from azureml.automl.core.shared import constants, metrics
from azureml.automl.runtime.shared.score import scoring
from azureml.exceptions import UserErrorException

TRUE, TOLD = [3.0, 1.0, 0.0, 7.0], [2.5, 1.5, 0.0, 8.0]


def test_all_measures_have_the_values_that_others_compute() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")

    scores = scoring.score_regression(
        y_test=TRUE, y_pred=np.array(TOLD), metrics=list(constants.Metric.SCALAR_REGRESSION_SET)
    )

    assert scores.keys() == constants.Metric.SCALAR_REGRESSION_SET
    others = {
        "explained_variance": sklearn.explained_variance_score(TRUE, TOLD),
        "r2_score": sklearn.r2_score(TRUE, TOLD),
        "mean_absolute_error": sklearn.mean_absolute_error(TRUE, TOLD),
        "median_absolute_error": sklearn.median_absolute_error(TRUE, TOLD),
        "root_mean_squared_error": sklearn.mean_squared_error(TRUE, TOLD) ** 0.5,
        "root_mean_squared_log_error": sklearn.mean_squared_log_error(TRUE, TOLD) ** 0.5,
        "spearman_correlation": 1.0,
        "mean_absolute_percentage_error": 100 * (0.5 / 3 + 0.5 + 1 / 7) / 3,
    }
    for name, value in others.items():
        assert scores[name] == pytest.approx(value), name
        if f"normalized_{name}" in scores:
            assert scores[f"normalized_{name}"] == pytest.approx(value / 7)


def test_the_older_spelling() -> None:
    assert metrics.compute_metrics_regression(TOLD, TRUE, ["mean_absolute_error"], None, None) == {
        "mean_absolute_error": 0.5
    }


def test_what_cannot_be_measured() -> None:
    with pytest.raises(UserErrorException, match="no measure accuracy: there are explained"):
        scoring.score_regression(TRUE, TOLD, ["accuracy"])
    (value,) = scoring.score_regression([-2.0, 1.0], [1.0, 1.0], [constants.Metric.RMSLE]).values()
    assert np.isnan(value)
