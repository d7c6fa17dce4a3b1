"""`ContainerImage`: the one kind of image there is."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import warnings
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml._support.gate import checked, refused, say
from azureml._support.names import check_name
from azureml.core.image.image import Image, ImageConfig
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core.container_registry import ContainerRegistry
    from azureml.core.model import Model
    from azureml.core.workspace import Workspace

__all__ = ["ContainerImage", "ContainerImageConfig"]

_RUNTIMES = ("spark-py", "python", "python-slim")
_CUDA = ("9.0", "9.1", "10.0")


class ContainerImage(Image):
    """An image that serves a script over HTTP."""

    _image_type = "Docker"
    _image_flavor = "WebApiContainer"
    _log_aml_debug = True

    @staticmethod
    @checked
    def image_configuration(
        execution_script: str,
        runtime: str,
        conda_file: str | None = None,
        docker_file: str | None = None,
        schema_file: str | None = None,
        dependencies: Sequence[str] | None = None,
        enable_gpu: bool | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        description: str | None = None,
        base_image: str | None = None,
        base_image_registry: ContainerRegistry | None = None,
        cuda_version: str | None = None,
    ) -> ContainerImageConfig:
        """What an image is to be made of; paths are relative to the working folder."""
        warnings.warn(
            "ContainerImage class has been deprecated and will be removed in a future release. "
            "Please migrate to using Environments: InferenceConfig and Model.deploy.",
            DeprecationWarning,
            stacklevel=3,
        )
        return ContainerImageConfig(
            execution_script, runtime, conda_file, docker_file, schema_file, dependencies,
            enable_gpu, tags, properties, description, base_image, base_image_registry,
            cuda_version=cuda_version,
        )  # fmt: skip

    def run(self, input_data: Any) -> Any:
        """Starts the image as a service of its own, sends data to it, and removes that again."""
        from azureml.core._deploying import choose_target

        name = f"try-{uuid.uuid4().hex[:12]}"
        services = self.workspace._brygga.services
        with translated():
            service = services.deploy(
                name, image=self._brygga, auth=False, profile="v1",
                target=choose_target(self.workspace, name),
            )  # fmt: skip
            try:
                service.wait_for_deployment()
                return service.run(input_data)
            finally:
                service.delete()

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            **super().serialize(),
            "assets": [],
            "driverProgram": self._brygga.bundle.entry_script,
            "targetRuntime": {
                "properties": {},
                "runtimeType": "Python",
                "targetArchitecture": "Amd64",
            },
        }


class ContainerImageConfig(ImageConfig):
    """What `ContainerImage.image_configuration` gives."""

    def __init__(
        self,
        execution_script: str,
        runtime: str,
        conda_file: str | None = None,
        docker_file: str | None = None,
        schema_file: str | None = None,
        dependencies: Sequence[str] | None = None,
        enable_gpu: bool | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        description: str | None = None,
        base_image: str | None = None,
        base_image_registry: ContainerRegistry | None = None,
        allow_absolute_path: bool = False,
        cuda_version: str | None = None,
    ) -> None:
        self.execution_script = execution_script
        self.runtime = runtime
        self.conda_file = conda_file
        self.docker_file = docker_file
        self.schema_file = schema_file
        self.dependencies = list(dependencies or ())
        self.enable_gpu = enable_gpu
        self.tags = tags
        self.properties = properties
        self.description = description
        self.base_image = base_image
        self.base_image_registry = base_image_registry
        self.allow_absolute_path = allow_absolute_path
        self.cuda_version = cuda_version
        self.execution_script_path = os.path.abspath(execution_script)  # noqa: PTH100
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Refuses what cannot be made.

        Raises:
            WebserviceException: a path, runtime or CUDA version that cannot be used.
        """
        script = Path(self.execution_script)
        if script.is_absolute() and not self.allow_absolute_path:
            raise WebserviceException(
                "Unable to use absolute path for execution_script. Use a path relative to the "
                "current working directory."
            )
        if not script.is_file():
            raise WebserviceException(
                f"Unable to use an execution_script that is not in the current working directory: "
                f"{self.execution_script} doesn't exist in {Path.cwd()}."
            )
        if len(script.parts) > 1 and not self.allow_absolute_path:
            raise WebserviceException(
                "Unable to use an execution_script not in the current directory. Please navigate "
                "to the directory with the execution_script and try again."
            )
        if self.runtime.lower() not in _RUNTIMES:
            raise WebserviceException(
                "Provided runtime not supported. Possible runtimes are: " + "|".join(_RUNTIMES[:2])
            )
        if self.cuda_version and self.cuda_version.lower() not in _CUDA:
            raise WebserviceException(
                f"Provided cuda_version not supported. Possible values are: {'|'.join(_CUDA)}"
            )
        for what, path in (
            ("Conda file", self.conda_file),
            ("Docker file", self.docker_file),
            ("Schema file", self.schema_file),
            *(("Dependency", each) for each in self.dependencies),
        ):
            if path and not Path(path).exists():
                raise WebserviceException(f"{what} {path} doesn't exist. ")

    def _schema_files(self) -> list[str]:
        """The schema file, and what a server makes of it; the latter lives as long as this."""
        from azureml.core._schema_file import description

        if not self.schema_file:
            return []
        told = description(self.schema_file)
        if told is None:
            return [self.schema_file]
        name, text = told
        folder = tempfile.mkdtemp(prefix="brygga-schema-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        described = Path(folder, name)
        described.write_text(text, encoding="utf-8")
        return [self.schema_file, str(described)]

    @refused
    def build_create_payload(
        self, workspace: Workspace, name: str, model_ids: list[str]
    ) -> Any: ...

    @refused
    def create_local_debug_payload(self, workspace: Workspace, model_ids: list[str]) -> Any: ...

    def _create(self, workspace: Workspace, name: str, models: Sequence[Model | str]) -> Image:
        from azureml.core._deploying import builds_images, registered_models
        from azureml.core._recipe import from_image_config

        check_name("image", name)
        registered = registered_models(workspace, models, limit=30)
        recipe = from_image_config(self)
        with_image = builds_images(workspace)
        if recipe.asked_of_image and not with_image:
            say(f"{name}: without a container engine {recipe.asked_of_image} cannot take effect.")
        with translated():
            print("Creating image")
            made = workspace._brygga.images.create(
                name,
                models=[model._brygga for model in registered],
                tags={key: str(value) for key, value in (self.tags or {}).items()},
                properties={key: str(value) for key, value in (self.properties or {}).items()},
                description=self.description or "",
                **recipe.options(with_image=with_image),
            )
        return Image._of(workspace, made)  # type: ignore[no-any-return]
