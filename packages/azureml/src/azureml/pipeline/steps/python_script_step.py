"""`PythonScriptStep`: a script of Python as a step."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from azureml._support.gate import checked
from azureml.core.environment import Environment
from azureml.core.runconfig import RunConfiguration
from azureml.core.script_run_config import ScriptRunConfig
from azureml.exceptions import UserErrorException
from azureml.pipeline.core._step import PipelineStep


class PythonScriptStep(PipelineStep):
    """A script, in the environment of its run configuration, else with what it imports."""

    @checked
    def __init__(
        self,
        script_name: str,
        name: str | None = None,
        arguments: Sequence[Any] | None = None,
        compute_target: Any = None,
        runconfig: RunConfiguration | None = None,
        runconfig_pipeline_params: Any = None,
        inputs: Sequence[Any] | None = None,
        outputs: Sequence[Any] | None = None,
        params: Mapping[str, Any] | None = None,
        source_directory: str | None = None,
        allow_reuse: bool = True,
        version: str | None = None,
        hash_paths: Any = None,
    ) -> None:
        super().__init__(name or script_name, inputs, outputs, arguments)
        if isinstance(runconfig, Environment):
            raise UserErrorException("runconfig is a RunConfiguration: set its environment.")
        self._script_name = script_name
        self._compute_target = compute_target
        self._run_config = runconfig
        self._source_directory = source_directory
        self._values = dict(params or {})

    def _script(self, folder: str | None) -> ScriptRunConfig:
        made = RunConfiguration()
        given = self._run_config
        if given is not None:
            made = copy.copy(given)
        made.environment_variables = {
            **made.environment_variables,
            **{f"AML_PARAMETER_{key}": str(value) for key, value in self._values.items()},
        }
        return ScriptRunConfig(
            self._source_directory or folder or ".",
            self._script_name,
            arguments=self._arguments,
            run_config=made,
            compute_target=self._compute_target,
        )
