"""Pipelines, what passes between their steps, and their runs."""

from azureml.pipeline.core._data import PipelineData, PipelineParameter
from azureml.pipeline.core._pipeline import Pipeline, StepSequence
from azureml.pipeline.core._runs import PipelineRun, PortDataReference, StepRun
from azureml.pipeline.core._step import PipelineStep

__all__ = [
    "Pipeline",
    "PipelineData",
    "PipelineParameter",
    "PipelineRun",
    "PipelineStep",
    "PortDataReference",
    "StepRun",
    "StepSequence",
]
