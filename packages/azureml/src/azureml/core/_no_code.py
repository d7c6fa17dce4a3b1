"""Deploying without a script: what the models' framework decides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml.core._recipe import Recipe
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.model import Model

_SUPPORTED = "['Onnx','ScikitLearn','TensorFlow','Multi']"
_KINDS = {"ScikitLearn": "scikit-learn", "Onnx": "onnx"}


def no_code_recipe(models: Sequence[Model | Path]) -> tuple[Recipe, dict[str, Any]]:
    """A script for one model, and the limits the model was registered with.

    Raises:
        UserErrorException: not one model, or of a framework there is no script for.
    """
    from brygga.environments import Environment
    from brygga.images.no_code import scoring_script

    if len(models) != 1:
        raise UserErrorException(
            "You must provide an InferenceConfig when deploying zero or multiple models."
        )
    model = models[0]
    framework = None if isinstance(model, Path) else model.model_framework
    if isinstance(model, Path) or framework not in _KINDS:
        told = (
            f"You must provide an InferenceConfig when deploying a model with model_framework set "
            f"to {framework}. Default environments are only provided for these frameworks: "
            f"{_SUPPORTED}."
        )
        if framework in ("TensorFlow", "Multi"):
            told += f" Brygga has none for {framework}."
        raise UserErrorException(told)
    with translated(UserErrorException):
        pickled = model.workspace._brygga.models.pickled([model._brygga])
        script, environment = scoring_script(
            _KINDS[framework], model.model_framework_version, pickled
        )
    if model._packages:  # of a chosen model: those it was fitted with
        pins = (f"{name}=={version}" for name, version in model._packages.items())
        environment = Environment.from_packages(pins)
    resources = model.resource_configuration
    limits = {
        "cpu_cores": resources and resources.cpu,
        "memory_gb": resources and resources.memory_in_gb,
    }
    recipe = Recipe(entry_script=str(script), environment=lambda _images: environment)
    return recipe, {name: value for name, value in limits.items() if value}
