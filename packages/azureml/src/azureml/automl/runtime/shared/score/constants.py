"""The names that measures have."""

from azureml.automl.core.shared.constants import Metric

__all__ = ["REGRESSION_SCALAR_SET", "Metric"]

REGRESSION_SCALAR_SET = Metric.SCALAR_REGRESSION_SET
