"""`Environment`: the Python, the packages and the image of a service or run."""

from __future__ import annotations

import builtins
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml._support.gate import checked
from azureml._support.table import row
from azureml.core._environment_sections import (
    DatabricksSection,
    DockerBuildContext,
    DockerEnvironment,
    DockerImagePlatform,
    DockerSection,
    PythonEnvironment,
    PythonSection,
    RCranPackage,
    RGitHubPackage,
    RSection,
    SparkEnvironment,
    SparkPackage,
    SparkSection,
)
from azureml.core.conda_dependencies import CondaDependencies
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core._environment_build import DockerImageDetails, ImageBuildDetails
    from azureml.core.container_registry import ContainerRegistry
    from azureml.core.workspace import Workspace

__all__ = [
    "DEFAULT_CPU_IMAGE",
    "DEFAULT_GPU_IMAGE",
    "DatabricksSection",
    "DockerBuildContext",
    "DockerEnvironment",
    "DockerImageDetails",
    "DockerImagePlatform",
    "DockerSection",
    "Environment",
    "EnvironmentReference",
    "ImageBuildDetails",
    "PythonEnvironment",
    "PythonSection",
    "RCranPackage",
    "RGitHubPackage",
    "RSection",
    "SparkEnvironment",
    "SparkPackage",
    "SparkSection",
]

DEFAULT_CPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1"
DEFAULT_GPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.8-cudnn8-ubuntu22.04"
"""v1's. Brygga takes its own base image in their place, and any other as it is named."""

_DOCUMENTS = "azureml.environment"
_LABELS = "azureml.environment.labels"
_CURATED = "AzureML-"
"""How the names of the environments begin that Azure has ready."""
_FILE = "azureml_environment.json"


class Environment:
    """A definition; `register` keeps it in a workspace under a version."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        if kwargs:
            raise UserErrorException(f"Environment does not take {', '.join(sorted(kwargs))}.")
        self.name = name
        self.version: str | None = None
        self.asset_id: str | None = None
        self.python = PythonSection()
        self.docker = DockerSection()
        self.spark = SparkSection()
        self.databricks = DatabricksSection()
        self.r: RSection | None = None
        self.inferencing_stack_version: str | None = None
        self._environment_variables: dict[str, str] = {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}

    @property
    def environment_variables(self) -> dict[str, str]:
        """What a script finds in `os.environ`."""
        return self._environment_variables

    @environment_variables.setter
    def environment_variables(self, value: dict[str, str]) -> None:
        self._environment_variables = value

    @staticmethod
    def from_conda_specification(name: str, file_path: str) -> Environment:
        """Takes Python and packages from a conda file."""
        made = Environment(name)
        made.python.conda_dependencies = CondaDependencies(file_path)
        return made

    @staticmethod
    def from_pip_requirements(
        name: str, file_path: str, pip_version: str | None = None
    ) -> Environment:
        """Takes packages from a requirements file."""
        made = Environment(name)
        made.python.conda_dependencies = _from_requirements(file_path, pip_version)
        return made

    @staticmethod
    def from_docker_image(
        name: str,
        image: str,
        container_registry: ContainerRegistry | None = None,
        conda_specification: str | None = None,
        pip_requirements: str | None = None,
    ) -> Environment:
        """Builds on an image; its own Python is used where no packages are given."""
        made = Environment(name)
        made.docker.base_image = image
        made.docker.base_image_registry = container_registry
        return _with_packages(made, conda_specification, pip_requirements)

    @staticmethod
    def from_dockerfile(
        name: str,
        dockerfile: str,
        conda_specification: str | None = None,
        pip_requirements: str | None = None,
    ) -> Environment:
        """Builds on the image a Dockerfile makes: its path, or its text."""
        made = Environment(name)
        path = Path(dockerfile)
        made.docker.base_image = None
        is_path = "\n" not in dockerfile and path.is_file()
        made.docker.base_dockerfile = path.read_text(encoding="utf-8") if is_path else dockerfile
        return _with_packages(made, conda_specification, pip_requirements)

    @staticmethod
    def from_docker_build_context(
        name: str, docker_build_context: DockerBuildContext
    ) -> Environment:
        """Builds on the image that a folder's Dockerfile makes, with the packages in it."""
        made = Environment(name)
        made.docker.base_image = None
        made.docker.build_context = docker_build_context
        made.python.user_managed_dependencies = True
        return made

    @staticmethod
    def from_existing_conda_environment(name: str, conda_environment_name: str) -> Environment:
        """Takes Python and packages at the versions an environment of conda's has."""
        from azureml.core._conda_prefix import conda_dependencies

        made = Environment(name)
        made.python.conda_dependencies = conda_dependencies(conda_environment_name)
        return made

    @staticmethod
    def add_private_pip_wheel(workspace: Workspace, file_path: str, exist_ok: bool = False) -> str:
        """Keeps a wheel with the workspace; returns what `add_pip_package` takes for it."""
        source = Path(file_path)
        if not source.is_file() or source.suffix != ".whl":
            raise UserErrorException(f"{file_path} is not the file of a wheel.")
        kept = workspace._brygga.data_folder / "wheels" / source.name
        if kept.exists() and not exist_ok:
            raise UserErrorException(
                f"A wheel with the name {source.name} already exists. Set exist_ok to True to "
                "use it."
            )
        kept.parent.mkdir(parents=True, exist_ok=True)
        if not kept.exists():
            shutil.copyfile(source, kept)
        return str(kept)

    def register(self, workspace: Workspace) -> Environment:
        """Keeps it as the next version of its name; returns what was kept."""
        from azureml.core._environments import to_brygga

        with translated(UserErrorException):
            made = to_brygga(self)
            # The folder of a build context stays in the document below.
            made = replace(made, image=replace(made.image, folder=None))
            kept = workspace._brygga.environments.register(made, self.name)
        self.version = str(kept.version)
        workspace._brygga.documents.put(_DOCUMENTS, kept.id, self._to_dict())
        return Environment.get(workspace, self.name, self.version)

    @staticmethod
    def get(
        workspace: Workspace, name: str, version: str | None = None, label: str | None = None
    ) -> Environment:
        """A registered environment: a version, a label's, or the latest."""
        if version is not None and label is not None:
            raise UserErrorException("Only one of version and label can be given.")
        if label is not None and label.lower() != "latest":
            version = _labels(workspace, name).get(label)
            if version is None:
                raise UserErrorException(f"The environment {name} has no label {label!r}.")
        number = None if version is None else int(version)
        try:
            with translated(UserErrorException):
                found = workspace._brygga.environments.get(name, number)
        except UserErrorException as error:
            if not name.startswith(_CURATED):
                raise
            raise UserErrorException(f"{error.message} {row('Environment.get').text}") from error
        document = workspace._brygga.documents.find(_DOCUMENTS, found.id)
        if document is not None:
            return Environment._from_dict(document.content)
        made = Environment(name)
        made.version = str(found.version)
        python = found.environment.python
        made.python.conda_dependencies = CondaDependencies.create(
            pip_packages=list(found.environment.packages)
        )
        if python:
            made.python.conda_dependencies.set_python_version(python)
        return made

    @staticmethod
    def list(workspace: Workspace) -> dict[str, Environment]:
        """The latest version of each, by name."""
        with translated(UserErrorException):
            names = {each.name for each in workspace._brygga.environments.list()}
        return {name: Environment.get(workspace, name) for name in sorted(names)}

    @staticmethod
    def label(workspace: Workspace, name: str, version: str, labels: Sequence[str]) -> None:
        """Lets labels mean a version from now on."""
        Environment.get(workspace, name, version)
        given = dict.fromkeys(labels, str(version))
        workspace._brygga.documents.put(_LABELS, name, {**_labels(workspace, name), **given})

    def clone(self, new_name: str) -> Environment:
        """A copy under another name, without a version."""
        made = Environment._from_dict(json.loads(json.dumps(self._to_dict())))
        made.name, made.version = new_name, None
        return made

    def get_image_details(self, workspace: Workspace) -> DockerImageDetails:
        """What is known of the image it is built on."""
        from azureml.core._environment_build import image_details

        return image_details(self)

    @checked
    def build(
        self, workspace: Workspace, image_build_compute: str | None = None
    ) -> ImageBuildDetails:
        """Locks it and makes it on this machine."""
        from azureml.core._environment_build import ImageBuildDetails

        return ImageBuildDetails._of(workspace, self)

    @checked
    def build_local(self, workspace: Workspace, platform: str | None = None, **kwargs: Any) -> Any:
        """The same as `build`, to its end."""
        details = self.build(workspace)
        details.wait_for_completion()
        return details

    def save_to_directory(self, path: str, overwrite: bool = False) -> None:
        """Writes the definition into a folder."""
        folder = Path(path)
        if folder.exists() and any(folder.iterdir()):
            if not overwrite:
                raise UserErrorException(
                    f"The directory {path} is not empty. To replace what is in it, set overwrite "
                    "to True."
                )
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILE).write_text(str(self), encoding="utf-8")
        dependencies = self.python.conda_dependencies
        if not self.python.user_managed_dependencies:
            (folder / "conda_dependencies.yml").write_text(
                dependencies.serialize_to_string(), encoding="utf-8"
            )

    @staticmethod
    def load_from_directory(path: str) -> Environment:
        """Reads what `save_to_directory` wrote."""
        file = Path(path, _FILE)
        if not file.is_file():
            raise UserErrorException(f"There is no {_FILE} in {path}.")
        made = Environment._from_dict(json.loads(file.read_text(encoding="utf-8")))
        conda = Path(path, "conda_dependencies.yml")
        if conda.is_file():
            made.python.conda_dependencies = CondaDependencies(str(conda))
        return made

    def _to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": self.version,
            "environmentVariables": dict(self.environment_variables),
            "python": self.python._to_dict(),
            "docker": self.docker._to_dict(),
            "spark": self.spark._to_dict(),
            "databricks": self.databricks._to_dict(),
            "r": None if self.r is None else self.r._to_dict(),
            "inferencingStackVersion": self.inferencing_stack_version,
            "assetId": self.asset_id,
        }

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any]) -> Environment:
        made = cls(data["name"])
        made.version = data.get("version")
        made.asset_id = data.get("assetId")
        made.environment_variables = dict(data.get("environmentVariables") or {})
        made.inferencing_stack_version = data.get("inferencingStackVersion")
        made.python = PythonSection._from_dict(data.get("python") or {})
        made.docker = DockerSection._from_dict(data.get("docker") or {})
        made.spark = SparkSection._from_dict(data.get("spark") or {})
        made.databricks = DatabricksSection(libraries=dict(data.get("databricks") or {}))
        made.r = RSection._from_dict(data["r"]) if data.get("r") else None
        return made

    def __repr__(self) -> str:
        return json.dumps(self._to_dict(), indent=4)

    __str__ = __repr__


class EnvironmentReference:
    """A registered environment by name and version."""

    def __init__(self, name: str, version: str | None = None) -> None:
        self.name = name
        self.version = version

    def get_environment(self, workspace: Workspace) -> Environment:
        """The environment."""
        return Environment.get(workspace, self.name, self.version)

    def __repr__(self) -> str:
        return json.dumps({"name": self.name, "version": self.version}, indent=4)


def _labels(workspace: Workspace, name: str) -> dict[str, str]:
    found = workspace._brygga.documents.find(_LABELS, name)
    return {} if found is None else dict(found.content)


def _with_packages(made: Environment, conda: str | None, pip: str | None) -> Environment:
    if conda and pip:
        raise UserErrorException(
            "Only one of conda_specification and pip_requirements can be given."
        )
    if conda:
        made.python.conda_dependencies = CondaDependencies(conda)
    elif pip:
        made.python.conda_dependencies = _from_requirements(pip, None)
    else:
        made.python.user_managed_dependencies = True
    return made


def _from_requirements(file_path: str, pip_version: str | None) -> CondaDependencies:
    try:
        text = Path(file_path).read_text(encoding="utf-8")
    except OSError as error:
        raise UserErrorException(f"Could not read {file_path}: {error.strerror}") from error
    stripped = (line.partition(" #")[0].strip() for line in text.splitlines())
    lines = [line for line in stripped if line and not line.startswith("#")]
    dependencies = CondaDependencies.create(pip_packages=lines)
    if pip_version:
        dependencies.add_conda_package(f"pip={pip_version}")
    return dependencies


def __getattr__(name: str) -> builtins.object:
    if name in ("DockerImageDetails", "ImageBuildDetails"):
        from azureml.core import _environment_build

        return getattr(_environment_build, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
