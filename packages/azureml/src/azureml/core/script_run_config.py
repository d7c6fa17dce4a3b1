"""`ScriptRunConfig`: a script, its folder and its arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azureml._support.gate import checked
from azureml.core._submission import Submission, no_more
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.environment import Environment
from azureml.core.runconfig import RunConfiguration
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment
    from azureml.core.run import Run


class ScriptRunConfig(Submission):
    """What `Experiment.submit` runs."""

    @checked
    def __init__(
        self,
        source_directory: str,
        script: str | None = None,
        arguments: Sequence[Any] | None = None,
        run_config: RunConfiguration | None = None,
        _telemetry_values: object = None,
        compute_target: Any = None,
        environment: Environment | None = None,
        distributed_job_config: object = None,
        resume_from: object = None,
        max_run_duration_seconds: int = 2592000,
        command: object = None,
        docker_runtime_config: Any = None,
    ) -> None:
        if run_config is not None and environment is not None:
            raise UserErrorException("Give run_config or environment, not both.")
        if not script and not (run_config and run_config.script):
            raise UserErrorException("There is no script: give the file to run.")
        self.source_directory = source_directory or "."
        self.run_config = run_config or RunConfiguration()
        self.script = script or str(self.run_config.script)
        self.arguments = list(arguments or self.run_config.arguments)
        self.inputs: list[Any] = []
        if environment is not None:
            self.run_config.environment = environment
        if compute_target is not None:
            self.run_config.target = compute_target
        if docker_runtime_config is not None:
            self.run_config.docker = docker_runtime_config

    @property
    def environment_was_given(self) -> bool:
        """Whether somebody said which packages to use."""
        packages = self.run_config.environment.python.conda_dependencies.as_dict()
        return self.run_config._environment_set or packages != CondaDependencies().as_dict()

    def _submit(
        self,
        experiment: Experiment,
        tags: Mapping[str, str] | None,
        *,
        parent: str | None = None,
        **kwargs: Any,
    ) -> Run:
        from azureml.core._script_submission import submit_script

        no_more(kwargs)
        return submit_script(experiment, self, tags, parent)
