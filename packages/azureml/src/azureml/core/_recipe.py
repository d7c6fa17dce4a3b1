"""What a service is made of, in one form for v1's three ways to say it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml._support.gate import say
from azureml._support.table import row
from azureml.core._environments import (
    conda_to_brygga,
    image_of,
    image_options,
    say_what_has_no_effect,
    to_brygga,
)
from azureml.core.conda_dependencies import CondaDependencies

if TYPE_CHECKING:
    import brygga
    from azureml.core._inference_config import InferenceConfig
    from azureml.core.environment import Environment
    from azureml.core.image.container import ContainerImageConfig
    from brygga.environments.image_options import ImageOptions


@dataclass(frozen=True)
class Recipe:
    """A script, what it needs, and the image it is built on.

    Attributes:
        entry_script: Relative to `source_directory` where there is one.
        environment: Makes it, told whether it will be in an image; None: what the script imports.
        image: What its image is to be built on.
        own_packages: The script uses what is installed in that image.
        description: Of an image that is made of it.
        source: What it was made of, and whose files it needs.
        shown: The environment as v1 shows it.
    """

    entry_script: str
    source_directory: str | None = None
    dependencies: Sequence[str] = ()
    environment: Callable[[bool], brygga.Environment] | None = None
    environment_variables: Mapping[str, str] = field(default_factory=dict)
    image: ImageOptions | None = None
    own_packages: bool = False
    description: str = ""
    shown: Mapping[str, Any] | None = None
    source: object = None

    @property
    def asked_of_image(self) -> str:
        """What was asked of the image, for people; empty where nothing was."""
        return ", ".join(self.image.to_dict()) if self.image is not None else ""

    def options(self, *, with_image: bool) -> dict[str, Any]:
        """What `deploy`, `create` and `profile` of Brygga take of it.

        Args:
            with_image: Whether it becomes an image; else what was asked of that cannot matter.
        """
        from brygga import Environment
        from brygga.environments.image_options import ImageOptions

        environment = None
        if self.own_packages and with_image:
            environment = Environment.from_packages([])
        elif self.environment is not None:
            environment = self.environment(with_image)
        elif self.image and with_image:
            environment = Environment.from_script(self.entry_script, self.source_directory)
        if environment is not None:
            image = self.image if with_image and self.image is not None else ImageOptions()
            environment = replace(environment, image=image)
        return {
            "entry_script": self.entry_script,
            "source_directory": self.source_directory,
            "environment": environment,
            **({"dependencies": self.dependencies} if self.dependencies else {}),
        }


def from_inference_config(config: InferenceConfig) -> Recipe:
    """Of an `InferenceConfig`, in its newer or its older form."""
    config.validate_configuration()
    with translated():
        return _of_inference_config(config)


def from_image_config(config: ContainerImageConfig) -> Recipe:
    """Of a `ContainerImageConfig`."""
    config.validate_configuration()
    with translated():
        return _of_image_config(config)


def _of_inference_config(config: InferenceConfig) -> Recipe:
    environment = config.environment
    if environment is not None:
        image, alone = image_of(environment.docker), environment.python.user_managed_dependencies
        say_what_has_no_effect(environment)
        # A local service that is loaded again has what it was deployed with.
        held = type(environment)._from_dict(environment._to_dict())
        return Recipe(
            entry_script=config.entry_script,
            source_directory=config.source_directory,
            environment=None if alone else lambda images: to_brygga(held, images=images),
            environment_variables=_variables(environment),
            image=image,
            own_packages=alone and bool(image),
            description=config.description or "",
            shown=environment._to_dict(),
        )
    _say_of_spark("InferenceConfig", config.runtime)
    return Recipe(
        entry_script=config.entry_script,
        source_directory=config.source_directory,
        environment=_of_conda_file(config.conda_file, config.source_directory),
        image=image_options(
            config.base_image,
            config.base_image_registry,
            extra_steps=_below(config.source_directory, config.extra_docker_file_steps),
        ),
        description=config.description or "",
    )


def _of_image_config(config: ContainerImageConfig) -> Recipe:
    _say_of_spark("ContainerImage.image_configuration", config.runtime)
    return Recipe(
        entry_script=config.execution_script,
        dependencies=(*(config.dependencies or ()), *config._schema_files()),
        environment=_of_conda_file(config.conda_file, None),
        image=image_options(
            config.base_image, config.base_image_registry, extra_steps=config.docker_file
        ),
        source=config,
    )


def _say_of_spark(member: str, runtime: str | None) -> None:
    if runtime and runtime.lower() == "spark-py":
        say(f"{member}(runtime): {row(f'{member}(runtime)').text}")


def _of_conda_file(
    path: str | None, source: str | None
) -> Callable[[bool], brygga.Environment] | None:
    if path is None:
        return None
    file = Path(_below(source, path) or "").absolute()
    held = CondaDependencies(str(file))
    return lambda images: conda_to_brygga(held, folder=file.parent, images=images)


def _below(source: str | None, path: str | None) -> str | None:
    return os.path.join(source, path) if source and path else path  # noqa: PTH118


def _variables(environment: Environment) -> dict[str, str]:
    given = dict(environment.environment_variables or {})
    if given.get("EXAMPLE_ENV_VAR") == "EXAMPLE_VALUE":
        del given["EXAMPLE_ENV_VAR"]
    # v1 takes numbers.
    return {str(name): str(value) for name, value in given.items()}
