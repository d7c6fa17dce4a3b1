"""Steps of pipelines: scripts, in a row."""

from azureml.pipeline.steps.estimator_step import EstimatorStep
from azureml.pipeline.steps.python_script_step import PythonScriptStep

__all__ = ["EstimatorStep", "PythonScriptStep"]
