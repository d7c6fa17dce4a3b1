"""The sections of an `Environment`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._support.gate import say
from azureml._support.table import row
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.container_registry import ContainerRegistry
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_STORED = "StorageAccount"
"""v1's word for a folder that was put into the workspace's own storage."""
_DEFAULT_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1"


class PythonSection:
    """The Python and its packages."""

    def __init__(self, **kwargs: Any) -> None:
        self.interpreter_path = "python"
        self.user_managed_dependencies = False
        self.base_conda_environment: str | None = None
        self._conda_dependencies: CondaDependencies | None = None
        self._conda_dependencies_file: str | None = None
        for name, value in kwargs.items():
            setattr(self, name, value)

    @property
    def conda_dependencies(self) -> CondaDependencies:
        """The packages; the default ones until others are set."""
        if self._conda_dependencies is None:
            self._conda_dependencies = CondaDependencies()
        return self._conda_dependencies

    @conda_dependencies.setter
    def conda_dependencies(self, value: CondaDependencies) -> None:
        self._conda_dependencies = value

    @property
    def conda_dependencies_file(self) -> str | None:
        """The file the packages were read from."""
        return self._conda_dependencies_file

    @conda_dependencies_file.setter
    def conda_dependencies_file(self, value: str | None) -> None:
        self._conda_dependencies_file = value
        if value:
            self._conda_dependencies = CondaDependencies(value)

    def _to_dict(self) -> dict[str, Any]:
        return {
            "userManagedDependencies": self.user_managed_dependencies,
            "interpreterPath": self.interpreter_path,
            "condaDependenciesFile": self._conda_dependencies_file,
            "baseCondaEnvironment": self.base_conda_environment,
            "condaDependencies": self.conda_dependencies.as_dict(),
        }

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any]) -> PythonSection:
        made = cls()
        made.user_managed_dependencies = bool(data.get("userManagedDependencies"))
        made.interpreter_path = data.get("interpreterPath") or "python"
        made.base_conda_environment = data.get("baseCondaEnvironment")
        if data.get("condaDependencies"):
            made.conda_dependencies = CondaDependencies(
                _underlying_structure=dict(data["condaDependencies"])
            )
        return made


class PythonEnvironment(PythonSection):
    """The older name."""

    def __init__(self) -> None:
        super().__init__()


class DockerImagePlatform:
    """What an image is for."""

    def __init__(self) -> None:
        self.os = "Linux"
        self.architecture = "amd64"


class DockerBuildContext:
    """A folder with a Dockerfile."""

    def __init__(
        self,
        location_type: str | None = None,
        location: str | None = None,
        dockerfile_path: str = "Dockerfile",
    ) -> None:
        self.location_type = location_type
        self.location = location
        self.dockerfile_path = dockerfile_path

    @staticmethod
    def from_local_directory(
        workspace: Workspace, path: str, dockerfile_path: str = "Dockerfile"
    ) -> DockerBuildContext:
        """Keeps a copy of a folder with the workspace."""
        from azureml.core._build_context import keep_build_context

        kept = keep_build_context(workspace, path, dockerfile_path)
        return DockerBuildContext(_STORED, kept, dockerfile_path)

    def _to_dict(self) -> dict[str, Any]:
        return {
            "locationType": self.location_type,
            "location": self.location,
            "dockerfilePath": self.dockerfile_path,
        }

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any]) -> DockerBuildContext:
        return cls(data.get("locationType"), data.get("location"), data["dockerfilePath"])

    def _folder(self) -> Path:
        if self.location_type != _STORED or not self.location or not Path(self.location).is_dir():
            raise UserErrorException(
                f"The build context {self.location} ({self.location_type}) is not on this machine: "
                "make one of its folder with DockerBuildContext.from_local_directory."
            )
        return Path(self.location)


class DockerSection:
    """The image; `base_image` and `base_dockerfile` exclude each other."""

    def __init__(self, **kwargs: Any) -> None:
        self._base_image: str | None = _DEFAULT_IMAGE
        self._base_dockerfile: str | None = None
        self._build_context: DockerBuildContext | None = None
        self.base_image_registry: ContainerRegistry | None = ContainerRegistry()
        self.platform = DockerImagePlatform()
        self._enabled = False
        self._shared_volumes = True
        self._gpu_support = False
        self._arguments: list[str] = []
        self._shm_size: str | None = "2g"
        for name, value in kwargs.items():
            setattr(self, name, value)

    @property
    def base_image(self) -> str | None:
        """The image it is built on."""
        return self._base_image

    @base_image.setter
    def base_image(self, value: str | None) -> None:
        if value:
            self._refuse_beside("base_image", ("base_dockerfile", "build_context"))
        self._base_image = value

    @property
    def base_dockerfile(self) -> str | None:
        """The text of a Dockerfile, or its path."""
        return self._base_dockerfile

    @base_dockerfile.setter
    def base_dockerfile(self, value: str | None) -> None:
        if value:
            self._refuse_beside("base_dockerfile", ("base_image", "build_context"))
            self._base_image = None
        self._base_dockerfile = value

    @property
    def build_context(self) -> DockerBuildContext | None:
        """A folder with a Dockerfile."""
        return self._build_context

    @build_context.setter
    def build_context(self, value: DockerBuildContext | None) -> None:
        if value is not None:
            self._refuse_beside("build_context", ("base_image", "base_dockerfile"))
            self._base_image = None
        self._build_context = value

    def _refuse_beside(self, what: str, others: tuple[str, ...]) -> None:
        for other in others:
            there = getattr(self, f"_{other}")
            if there and there != _DEFAULT_IMAGE:
                raise UserErrorException(f"{other} is set: set it to None before you set {what}.")

    @property
    def gpu_support(self) -> bool:
        """What was set."""
        return self._gpu_support

    @gpu_support.setter
    def gpu_support(self, _: bool) -> None:
        self._gpu_support = _warned("DockerSection.gpu_support", _)

    @property
    def enabled(self) -> bool:
        """What was set; services go to a container engine wherever one answers."""
        return self._enabled

    @enabled.setter
    def enabled(self, value: bool = False) -> None:
        self._enabled = value

    @property
    def shared_volumes(self) -> bool:
        """What was set."""
        return self._shared_volumes

    @shared_volumes.setter
    def shared_volumes(self, value: bool = True) -> None:
        self._shared_volumes = _warned("DockerSection.shared_volumes", value)

    @property
    def arguments(self) -> list[str]:
        """What was set."""
        return self._arguments

    @arguments.setter
    def arguments(self, value: list[str]) -> None:
        self._arguments = _warned("DockerSection.arguments", value)

    @property
    def shm_size(self) -> str | None:
        """What was set."""
        return self._shm_size

    @shm_size.setter
    def shm_size(self, value: str | None = None) -> None:
        self._shm_size = _warned("DockerSection.shm_size", value)

    def _to_dict(self) -> dict[str, Any]:
        registry = self.base_image_registry or ContainerRegistry()
        context = self._build_context
        return {
            "enabled": self._enabled,
            "baseImage": self._base_image,
            "baseDockerfile": self._base_dockerfile,
            "buildContext": None if context is None else context._to_dict(),
            "sharedVolumes": self._shared_volumes,
            "shmSize": self._shm_size,
            "arguments": list(self._arguments),
            "baseImageRegistry": {"address": registry.address, "username": registry.username},
            "platform": {"os": self.platform.os, "architecture": self.platform.architecture},
        }

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any]) -> DockerSection:
        made = cls()
        made._enabled = bool(data.get("enabled"))
        made._base_image = data.get("baseImage")
        made._base_dockerfile = data.get("baseDockerfile")
        context = data.get("buildContext")
        made._build_context = None if context is None else DockerBuildContext._from_dict(context)
        made._shared_volumes = bool(data.get("sharedVolumes", True))
        made._shm_size = data.get("shmSize")
        made._arguments = list(data.get("arguments") or ())
        registry = data.get("baseImageRegistry") or {}
        made.base_image_registry = ContainerRegistry()
        made.base_image_registry.address = registry.get("address")
        made.base_image_registry.username = registry.get("username")
        platform = data.get("platform") or {}
        made.platform.os = platform.get("os", "Linux")
        made.platform.architecture = platform.get("architecture", "amd64")
        return made


class DockerEnvironment(DockerSection):
    """The older name."""

    def __init__(self) -> None:
        super().__init__()


class SparkPackage:
    """A package of Spark's; kept and shown, never installed."""

    def __init__(
        self, group: str | None = None, artifact: str | None = None, version: str | None = None
    ) -> None:
        self.group = group
        self.artifact = artifact
        self.version = version


class SparkSection:
    """Kept and shown; services run no Spark."""

    def __init__(self, **kwargs: Any) -> None:
        self.repositories: list[str] = []
        self.packages: list[SparkPackage] = []
        self.precache_packages = True
        for name, value in kwargs.items():
            setattr(self, name, value)

    def _to_dict(self) -> dict[str, Any]:
        return {
            "repositories": list(self.repositories),
            "packages": [vars(package) for package in self.packages],
            "precachePackages": self.precache_packages,
        }

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any]) -> SparkSection:
        made = cls()
        made.repositories = list(data.get("repositories") or ())
        made.packages = [SparkPackage(**package) for package in data.get("packages") or ()]
        made.precache_packages = bool(data.get("precachePackages", True))
        return made


class SparkEnvironment(SparkSection):
    """The older name."""

    def __init__(self) -> None:
        super().__init__()


class DatabricksSection:
    """Kept and shown; nothing goes to Databricks."""

    def __init__(self, **kwargs: Any) -> None:
        self.libraries: dict[str, list[Any]] = {}
        for name, value in kwargs.items():
            setattr(self, name, value)

    def _to_dict(self) -> dict[str, Any]:
        return dict(self.libraries)


class RCranPackage:
    """A package of R's; kept and shown, never installed."""

    def __init__(self) -> None:
        self.name: str | None = None
        self.version: str | None = None
        self.repository: str | None = None


class RGitHubPackage:
    """A package of R's; kept and shown, never installed."""

    def __init__(self) -> None:
        self.repository: str | None = None
        self.auth_token: str | None = None


class RSection:
    """Kept and shown; services run no R."""

    def __init__(self) -> None:
        self.r_version: str | None = None
        self.user_managed = False
        self.rscript_path: str | None = None
        self.snapshot_date: str | None = None
        self.cran_packages: list[RCranPackage] | None = None
        self.github_packages: list[RGitHubPackage] | None = None

    def _to_dict(self) -> dict[str, Any]:
        plain = ("r_version", "user_managed", "rscript_path", "snapshot_date")
        return {
            **{name: getattr(self, name) for name in plain},
            "cran_packages": [vars(each) for each in self.cran_packages or ()],
            "github_packages": [vars(each) for each in self.github_packages or ()],
        }

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any]) -> RSection:
        made = cls()
        vars(made).update(data)
        made.cran_packages = [_filled(RCranPackage(), each) for each in data["cran_packages"]]
        made.github_packages = [_filled(RGitHubPackage(), each) for each in data["github_packages"]]
        return made


def _filled(made: Any, values: Mapping[str, Any]) -> Any:
    vars(made).update(values)
    return made


def _warned(member: str, value: Any) -> Any:
    if value:
        say(f"{member}: {row(member).text}")
    return value
