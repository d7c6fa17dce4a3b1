"""What is to be done to columns, where v1 had it."""

from azureml.automl.core.featurization.featurizationconfig import FeaturizationConfig

__all__ = ["FeaturizationConfig"]
