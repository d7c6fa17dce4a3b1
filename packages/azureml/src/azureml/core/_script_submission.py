"""From v1's `ScriptRunConfig` to a script that Brygga runs."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import azureml
from azureml._support.errors import translated
from azureml._support.gate import say
from azureml._support.table import row
from azureml.core._environments import to_brygga
from azureml.core._mlflow import registry_uri
from azureml.core._submitted_run import SubmittedRun
from azureml.data._consumption import Inputs
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.environment import Environment
    from azureml.core.experiment import Experiment
    from azureml.core.run import Run
    from azureml.core.script_run_config import ScriptRunConfig
    from brygga.runs import ScriptSpec

_ANSWERING = "BRYGGA_RUN_PYTHON"  # as azureml._in_scripts reads it


_THIS_MACHINE = ("local", "amlcompute", None)
"""Targets that nobody has to make; `amlcompute` was one for the run alone."""


def submit_script(
    experiment: Experiment,
    config: ScriptRunConfig,
    tags: Mapping[str, str] | None,
    parent: str | None,
) -> Run:
    """Begins, and returns."""
    from azureml.core.run import Run

    plan = planned(experiment, config)
    texts = {key: str(value) for key, value in (tags or {}).items()}
    with translated(UserErrorException):
        made = experiment.workspace._brygga.runs.submit(
            experiment.name, plan.spec, tags=texts, parent=parent, details=plan.details
        )
    return Run(experiment, made.id)


@dataclass(frozen=True)
class Plan:
    """What a configuration comes to: a script, and what v1 shows of it."""

    spec: ScriptSpec
    details: Mapping[str, Any]

    def details_with(self, arguments: Sequence[str]) -> dict[str, Any]:
        """The same of a run that is given further arguments."""
        definition = self.details["definition"]
        more = {**definition, "arguments": [*definition["arguments"], *arguments]}
        return {**self.details, "definition": more}


def planned(experiment: Experiment, config: ScriptRunConfig) -> Plan:
    """A script that is ready to run; nothing has begun."""
    from brygga.runs import ScriptSpec

    configuration = config.run_config
    environment = configuration.environment
    interpreter = _interpreter(environment)
    if configuration.docker.use_docker or environment.docker.enabled:
        say(f"{row('DockerConfiguration').text}")
    given = config.environment_was_given and interpreter is None
    workspace = experiment.workspace
    target = configuration.target
    if target not in (*_THIS_MACHINE, *workspace.compute_targets):
        say(f"Compute target {target} is not in the workspace: the script runs on this machine.")
    references = configuration.data_references.items()
    others = [*config.inputs, *(each._of(workspace, name) for name, each in references)]
    with translated(UserErrorException):
        inputs = Inputs.of(workspace, config.arguments, others)
    spec = ScriptSpec(
        source_directory=Path(config.source_directory),
        script=config.script,
        arguments=inputs.arguments,
        environment=to_brygga(environment) if given else None,
        interpreter=interpreter,
        inputs=inputs.folders,
        variables={
            **_variables(environment),
            **configuration.environment_variables,
            **SubmittedRun.variables(experiment),
            "MLFLOW_REGISTRY_URI": registry_uri(workspace),
            _ANSWERING: sys.executable,
        },
        modules={"azureml": Path(azureml.__file__).parent / "_in_scripts"},
        # Its shims are for what scripts import before they come to it.
        first=("azureml.core",),
    )
    details = {
        "target": configuration.target,
        "definition": {
            "script": config.script,
            "arguments": [str(each) for each in config.arguments],
            "target": configuration.target,
            "environment": environment._to_dict() if given or interpreter else None,
        },
        "inputs": inputs.noted,
    }
    return Plan(spec, details)


def _interpreter(environment: Environment) -> Path | None:
    """Whose packages the user looks after: the caller's own, or the one that is named."""
    if not environment.python.user_managed_dependencies:
        return None
    named = environment.python.interpreter_path
    return Path(sys.executable if named in ("python", "python3", "", None) else named)


def _variables(environment: Environment) -> dict[str, str]:
    return {
        str(key): str(value)
        for key, value in environment.environment_variables.items()
        if key != "EXAMPLE_ENV_VAR"
    }
