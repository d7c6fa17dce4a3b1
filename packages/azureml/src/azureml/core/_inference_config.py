"""`InferenceConfig`: the script of a service, and what it needs."""

from __future__ import annotations

import ast
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._support.gate import checked, refused
from azureml.exceptions import UserErrorException, WebserviceException

if TYPE_CHECKING:
    from azureml.core.container_registry import ContainerRegistry
    from azureml.core.environment import Environment

_RUNTIMES = ("spark-py", "python", "python-slim")
_CUDA = ("9.0", "9.1", "10.0")
_logger = logging.getLogger(__name__)


class InferenceConfig:
    """The script of a service, its source folder, and its environment.

    Either `environment`, or the older `runtime`, `conda_file` and what goes with them.
    """

    @checked
    def __init__(
        self,
        entry_script: str,
        runtime: str | None = None,
        conda_file: str | None = None,
        extra_docker_file_steps: str | None = None,
        source_directory: str | None = None,
        enable_gpu: bool | None = None,
        description: str | None = None,
        base_image: str | None = None,
        base_image_registry: ContainerRegistry | None = None,
        cuda_version: str | None = None,
        environment: Environment | None = None,
    ) -> None:
        self.entry_script = entry_script
        self.runtime = runtime
        self.conda_file = conda_file
        self.extra_docker_file_steps = extra_docker_file_steps
        # v1 makes it absolute at once: the working folder may change before the deployment.
        self.source_directory = os.path.realpath(source_directory) if source_directory else None
        self.enable_gpu = enable_gpu
        self.description = description
        self.base_image = base_image
        self.base_image_registry = base_image_registry
        self.cuda_version = cuda_version
        self.environment = environment
        self.validate_configuration()
        self.validation_script_content()

    def validate_configuration(self) -> None:
        """Refuses what cannot be deployed.

        Raises:
            WebserviceException: a path, runtime or combination that cannot be used.
        """
        if self.source_directory and not Path(self.source_directory).is_dir():
            raise WebserviceException(
                f"source_directory {self.source_directory} doesn't exist. source_directory should "
                "be path relative to current working directory"
            )
        self._check_script()
        legacy = {
            "runtime": self.runtime,
            "conda_file": self.conda_file,
            "extra_docker_file_steps": self.extra_docker_file_steps,
            "enable_gpu": self.enable_gpu,
            "base_image": self.base_image,
            "base_image_registry": self.base_image_registry,
            "cuda_version": self.cuda_version,
        }
        given = [name for name, value in legacy.items() if value]
        if self.environment is not None:
            if given:
                raise WebserviceException(
                    "Cannot specify both environment and the legacy parameters "
                    f"{', '.join(given)}: put them into the environment."
                )
            self._warn_without_defaults()
            return
        if self.runtime and self.runtime.lower() not in _RUNTIMES:
            raise WebserviceException(
                "Provided runtime not supported. Possible runtimes are: " + "|".join(_RUNTIMES[:2])
            )
        if self.cuda_version and self.cuda_version.lower() not in _CUDA:
            raise WebserviceException(
                f"Provided cuda_version not supported. Possible values are: {'|'.join(_CUDA)}"
            )
        for what, path in (
            ("Conda file", self.conda_file),
            ("Docker file steps", self.extra_docker_file_steps),
        ):
            if path and not self._path(path).is_file():
                raise WebserviceException(f"{what} {path} doesn't exist. ")

    def validation_script_content(self) -> None:
        """Refuses a script that does not parse.

        Raises:
            UserErrorException: with the line.
        """
        script = self._path(self.entry_script)
        try:
            ast.parse(script.read_bytes(), filename=str(script))
        except (SyntaxError, ValueError) as error:
            raise UserErrorException(
                f"{error}. Please check it and try local deployment to verify."
            ) from error

    @refused
    def build_create_payload(self, workspace: object, name: str, model_ids: list[str]) -> Any: ...

    @refused
    def build_profile_payload(
        self,
        profile_name: str,
        input_data: object = None,
        workspace: object = None,
        models: object = None,
        dataset_id: str | None = None,
        container_resource_requirements: object = None,
        description: str | None = None,
    ) -> Any: ...

    def _path(self, path: str) -> Path:
        return Path(self.source_directory, path) if self.source_directory else Path(path)

    def _check_script(self) -> None:
        script = self._path(self.entry_script)
        if script.suffix != ".py":
            raise WebserviceException(
                "Invalid driver type. Currently only Python drivers are supported."
            )
        if not script.is_file():
            raise WebserviceException(
                f"entry_script {script} doesn't exist. entry_script should be path relative to "
                + ("source_directory" if self.source_directory else "current working directory")
            )
        if not script.stem.isidentifier():
            raise WebserviceException(
                f"Invalid entry_script name {script.name}: without .py it must be a Python "
                "identifier."
            )

    def _warn_without_defaults(self) -> None:
        environment = self.environment
        if environment is None or environment.python.user_managed_dependencies:
            return
        packages = list(environment.python.conda_dependencies.pip_packages)
        if not any(package.startswith("azureml-defaults") for package in packages):
            # In v1 the service would lack its HTTP server. Ours brings it; the line is v1's.
            _logger.warning(
                "Warning, azureml-defaults not detected in provided environment pip dependencies. "
                "The azureml-defaults package contains requirements for the inference stack to run."
            )
