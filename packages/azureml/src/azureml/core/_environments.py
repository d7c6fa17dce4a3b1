"""From v1's `Environment` to Brygga's."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from azureml._support.gate import say
from azureml._support.table import row

if TYPE_CHECKING:
    import brygga
    from azureml.core.conda_dependencies import CondaDependencies
    from azureml.core.environment import Environment


_OLDEST_IN_IMAGES = 11
"""Of Python 3: in a container the server runs with the same interpreter."""


def to_brygga(environment: Environment, *, images: bool = False) -> brygga.Environment:
    """Its Python and packages; where the user manages those, none.

    Args:
        images: Whether they will be in an image.
    """
    import brygga

    if environment.python.user_managed_dependencies:
        return brygga.Environment.from_packages([], name=environment.name)
    dependencies = environment.python.conda_dependencies
    return conda_to_brygga(dependencies, environment.name, images=images)


def say_what_has_no_effect(environment: Environment) -> None:
    """One line for each section that asks for what services of Brygga do not have."""
    python, docker, spark = environment.python, environment.docker, environment.spark
    platform = docker.platform
    asked = {
        "PythonSection": python.interpreter_path != "python" or python.base_conda_environment,
        "DockerImagePlatform": (platform.os, platform.architecture) != ("Linux", "amd64"),
        "SparkSection": spark.packages or spark.repositories,
        "DatabricksSection": environment.databricks.libraries,
        "RSection": environment.r,
    }
    for section, there in asked.items():
        if there:
            say(f"{section} of the environment {environment.name}: {row(section).text}")


def conda_to_brygga(
    dependencies: CondaDependencies,
    name: str | None = None,
    folder: Path | None = None,
    *,
    images: bool = False,
) -> brygga.Environment:
    """The packages of a conda file; a Python that is not here becomes the nearest one.

    Args:
        folder: Where relative paths in it start.
    """
    import brygga
    from azureml.core.conda_dependencies import CondaDependencies

    held = CondaDependencies(_underlying_structure=_copy(dependencies))
    asked = held.get_python_version()
    if asked:
        held.set_python_version(_here(asked, images=images))
    with tempfile.NamedTemporaryFile(
        "w", suffix=".yml", prefix=".brygga-", dir=folder, encoding="utf-8"
    ) as file:
        file.write(held.serialize_to_string())
        file.flush()
        return brygga.Environment.from_conda_file(file.name, name=name)


def _here(asked: str, *, images: bool) -> str:
    from brygga.environments.nearest import nearest_python

    version = asked.lstrip("=<>~! ")
    nearest = nearest_python(version)
    why = "is not on this machine"
    if images and int(nearest.partition(".")[2]) < _OLDEST_IN_IMAGES:
        nearest = nearest_python(version, oldest=_OLDEST_IN_IMAGES)
        why = f"is too old for the server in a container, which needs 3.{_OLDEST_IN_IMAGES}"
    if version.split(".")[:2] != nearest.split(".")[:2]:
        say(f"Python {asked} {why}: the environment gets Python {nearest}.")
    return nearest


def _copy(dependencies: CondaDependencies) -> dict[str, object]:
    import copy

    return copy.deepcopy(dependencies.as_dict())
