"""`EstimatorStep`: an estimator as a step."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from azureml._support.gate import checked
from azureml.core.script_run_config import ScriptRunConfig
from azureml.exceptions import UserErrorException
from azureml.pipeline.core._step import PipelineStep


class EstimatorStep(PipelineStep):
    """The script of an estimator, with arguments of the step's own."""

    @checked
    def __init__(
        self,
        name: str | None = None,
        estimator: Any = None,
        estimator_entry_script_arguments: Sequence[Any] | None = None,
        runconfig_pipeline_params: Any = None,
        inputs: Sequence[Any] | None = None,
        outputs: Sequence[Any] | None = None,
        compute_target: Any = None,
        allow_reuse: bool = True,
        version: str | None = None,
    ) -> None:
        if not isinstance(estimator, ScriptRunConfig):
            raise UserErrorException("EstimatorStep takes an estimator: give one.")
        given = estimator_entry_script_arguments
        arguments = estimator.arguments if given is None else given
        super().__init__(name or estimator.script, inputs, outputs, arguments)
        self._estimator = estimator
        self._compute_target = compute_target

    def _script(self, folder: str | None) -> ScriptRunConfig:
        made = copy.copy(self._estimator)
        made.arguments = list(self._arguments)
        if self._compute_target is not None:
            made.run_config.target = self._compute_target
        return made
