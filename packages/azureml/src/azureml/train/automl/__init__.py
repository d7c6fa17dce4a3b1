"""The automatic choice of an algorithm as v1 named it, by FLAML in an environment of its own."""

from azureml.train.automl import constants
from azureml.train.automl.automlconfig import AutoMLConfig
from azureml.train.automl.run import AutoMLRun

__all__ = ["AutoMLConfig", "AutoMLRun", "constants"]
