"""Running a script as a run of an experiment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import azureml
from azureml._support.errors import translated
from azureml.core._environments import to_brygga
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment
    from azureml.core.run import Run


def submit(
    experiment: Experiment,
    config: Any,
    tags: Mapping[str, str] | None,
    *,
    parent: str | None = None,
    **kwargs: Any,
) -> Run:
    """Begins, and returns; the script runs on this machine, whatever its target is called."""
    from azureml.core.run import Run
    from azureml.core.script_run_config import ScriptRunConfig
    from brygga.runs import ScriptSpec

    if kwargs:
        raise UserErrorException(f"submit does not take {', '.join(sorted(kwargs))}.")
    if not isinstance(config, ScriptRunConfig):
        raise UserErrorException(
            f"A {type(config).__name__} cannot be submitted: give a ScriptRunConfig."
        )
    configuration = config.run_config
    environment = configuration.environment
    managed = environment.python.user_managed_dependencies
    given = config.environment_was_given and not managed
    spec = ScriptSpec(
        source_directory=Path(config.source_directory),
        script=config.script,
        arguments=tuple(str(each) for each in config.arguments),
        environment=to_brygga(environment) if given else None,
        variables={
            str(key): str(value)
            for key, value in environment.environment_variables.items()
            if key != "EXAMPLE_ENV_VAR"
        },
        modules={"azureml": Path(azureml.__file__).parent},
    )
    details = {
        "target": configuration.target,
        "definition": {
            "script": config.script,
            "arguments": list(spec.arguments),
            "target": configuration.target,
            "environment": environment._to_dict() if given else None,
        },
    }
    texts = {key: str(value) for key, value in (tags or {}).items()}
    with translated(UserErrorException):
        made = experiment.workspace._brygga.runs.submit(
            experiment.name, spec, tags=texts, parent=parent, details=details
        )
    return Run(experiment, made.id)
