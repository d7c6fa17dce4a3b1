"""From v1's `Environment` to Brygga's."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from azureml._support.gate import say
from azureml._support.table import row

if TYPE_CHECKING:
    import brygga
    from azureml.core._environment_sections import DockerSection
    from azureml.core.conda_dependencies import CondaDependencies
    from azureml.core.container_registry import ContainerRegistry
    from azureml.core.environment import Environment
    from brygga.environments.image_options import ImageOptions


_V1_IMAGES = "mcr.microsoft.com/azureml/"
_FROM_V1 = re.compile(
    rf"^(\s*FROM\s+(?:--platform=\S+\s+)?){re.escape(_V1_IMAGES)}\S+",
    re.IGNORECASE | re.MULTILINE,
)


_OLDEST_IN_IMAGES = 11
"""Of Python 3: in a container the server runs with the same interpreter."""


def to_brygga(environment: Environment, *, images: bool = False) -> brygga.Environment:
    """Its Python and packages, where the user manages those none; and what its image is.

    Args:
        images: Whether they will be in an image.
    """
    import brygga

    if environment.python.user_managed_dependencies:
        made = brygga.Environment.from_packages([], name=environment.name)
    else:
        dependencies = environment.python.conda_dependencies
        made = conda_to_brygga(dependencies, environment.name, images=images)
    return replace(made, image=image_of(environment.docker))


def image_of(docker: DockerSection) -> ImageOptions:
    """What an environment's image is built on."""
    from brygga.environments.image_options import DEFAULT_BASE, ImageOptions

    if docker.build_context is not None:
        return ImageOptions.read(dockerfile=docker.build_context._folder())
    if docker.base_dockerfile:
        given = docker.base_dockerfile
        if "\n" not in given and Path(given).is_file():
            given = Path(given).read_text(encoding="utf-8")
        return ImageOptions.read(dockerfile=_FROM_V1.sub(rf"\g<1>{DEFAULT_BASE}", given))
    return image_options(docker.base_image, docker.base_image_registry)


def image_options(
    base_image: str | None, registry: ContainerRegistry | None, extra_steps: str | None = None
) -> ImageOptions:
    """v1's own images are what Brygga's default stands for; any other is taken as it is named.

    Args:
        extra_steps: The path of a file.
    """
    from brygga.environments.image_options import ImageOptions

    if registry is not None and (registry.username or registry.registry_identity):
        say(f"ContainerRegistry: {row('ContainerRegistry').text}")
    if base_image and base_image.startswith(_V1_IMAGES):
        base_image = None
    if base_image and registry is not None and registry.address:
        base_image = f"{registry.address}/{base_image}"
    return ImageOptions.read(
        base_image or None, extra_steps=Path(extra_steps) if extra_steps else None
    )


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

    The Python that v1 writes by itself is none: it becomes the kernel's, or the one that pins need.

    Args:
        folder: Where relative paths in it start.
    """
    import brygga
    from azureml.core.conda_dependencies import CondaDependencies

    held = CondaDependencies(_underlying_structure=_copy(dependencies))
    held._without_default_python()
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
    from brygga.environments.nearest_python import nearest_python

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
