"""The names that measures have, and paths of the files of a chosen model."""

from __future__ import annotations

from azureml.train.automl.constants import CONDA_ENV_FILE_PATH, MODEL_PATH, SCORING_FILE_PATH

__all__ = ["CONDA_ENV_FILE_PATH", "MODEL_PATH", "SCORING_FILE_PATH", "Metric"]


class Metric:
    """Measures of a regression or a forecast; `normalized_` is by the range of the true values."""

    ExplainedVariance = "explained_variance"
    R2Score = "r2_score"
    Spearman = "spearman_correlation"
    MAPE = "mean_absolute_percentage_error"
    MeanAbsError = "mean_absolute_error"
    MedianAbsError = "median_absolute_error"
    RMSE = "root_mean_squared_error"
    RMSLE = "root_mean_squared_log_error"
    NormMeanAbsError = "normalized_mean_absolute_error"
    NormMedianAbsError = "normalized_median_absolute_error"
    NormRMSE = "normalized_root_mean_squared_error"
    NormRMSLE = "normalized_root_mean_squared_log_error"

    SCALAR_REGRESSION_SET = frozenset(
        (
            ExplainedVariance, R2Score, Spearman, MAPE, MeanAbsError, MedianAbsError, RMSE, RMSLE,
            NormMeanAbsError, NormMedianAbsError, NormRMSE, NormRMSLE,
        )
    )  # fmt: skip
    REGRESSION_SET = SCALAR_REGRESSION_SET
