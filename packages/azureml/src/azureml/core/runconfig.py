"""`RunConfiguration`: where and in what a script runs."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from azureml._support.gate import checked, say
from azureml._support.table import row
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.container_registry import ContainerRegistry
from azureml.core.environment import Environment

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from azureml.data.data_reference import DataReference

__all__ = [
    "DEFAULT_CPU_IMAGE",
    "DEFAULT_GPU_IMAGE",
    "ContainerRegistry",
    "DataReferenceConfiguration",
    "DockerConfiguration",
    "MpiConfiguration",
    "PyTorchConfiguration",
    "RunConfiguration",
    "TensorflowConfiguration",
]

DEFAULT_CPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1"
DEFAULT_GPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.8-cudnn8-ubuntu22.04"


_USED = frozenset(
    ("script", "arguments", "framework", "communicator", "target", "environment",
     "environment_variables", "data_references", "docker", "history", "_environment_set")
)  # fmt: skip
_FOR_ONE_MACHINE = {"node_count": 1, "auto_prepare_environment": True, "prepare_environment": True}
"""What notebooks set to what holds here anyway."""


class RunConfiguration:
    """A target, which is always this machine, and an environment."""

    @checked
    def __init__(
        self,
        script: str | None = None,
        arguments: Sequence[str] | None = None,
        framework: str | None = None,
        communicator: str | None = None,
        conda_dependencies: CondaDependencies | None = None,
        **kwargs: Any,
    ) -> None:
        self.script = script
        self.arguments = list(arguments or ())
        self.framework = framework or "Python"
        self.communicator = communicator or "None"
        self.target = "local"
        self.environment = Environment("project_environment")
        self.environment_variables: dict[str, str] = {}
        self.data_references: dict[str, DataReferenceConfiguration] = {}
        self.docker = DockerConfiguration(use_docker=False)
        self.history = SimpleNamespace(output_collection=True, snapshot_project=True)
        self._environment_set = conda_dependencies is not None
        if conda_dependencies is not None:
            self.environment.python.conda_dependencies = conda_dependencies

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "environment" and hasattr(self, "environment"):
            self._environment_set = True
        if name not in _USED and value != _FOR_ONE_MACHINE.get(name):
            say(f"{row('RunConfiguration').text} ({name} was set.)")
        if name == "target":
            value = getattr(value, "name", value)
        super().__setattr__(name, value)


class DataReferenceConfiguration:
    """A place in a datastore, by the names of both."""

    @checked
    def __init__(
        self,
        datastore_name: str | None = None,
        mode: str = "mount",
        path_on_datastore: str | None = None,
        path_on_compute: str | None = None,
        overwrite: bool = False,
    ) -> None:
        self.datastore_name = datastore_name
        self.mode = mode
        self.path_on_datastore = path_on_datastore

    def _of(self, workspace: Workspace, name: str) -> DataReference:
        from azureml.core.datastore import Datastore
        from azureml.data.data_reference import DataReference

        datastore = Datastore(workspace, self.datastore_name)
        return DataReference(datastore, name, self.path_on_datastore, self.mode)


class DockerConfiguration:
    """Whether a script runs in a container, and what that container is given."""

    def __init__(
        self,
        use_docker: bool = False,
        shared_volumes: bool = True,
        arguments: Sequence[str] | None = None,
        shm_size: str | None = None,
    ) -> None:
        self.use_docker = use_docker
        self.shared_volumes = shared_volumes
        self.arguments = list(arguments or ())
        self.shm_size = shm_size


class MpiConfiguration:
    """Of one process: there is one machine."""

    def __init__(self, process_count_per_node: int = 1, node_count: int = 1) -> None:
        self.process_count_per_node = process_count_per_node
        self.node_count = node_count


class PyTorchConfiguration:
    """Of one process: there is one machine."""

    def __init__(
        self,
        communication_backend: str = "Nccl",
        process_count: int | None = None,
        node_count: int = 1,
    ) -> None:
        self.communication_backend = communication_backend
        self.process_count = process_count
        self.node_count = node_count


class TensorflowConfiguration:
    """Of one process: there is one machine."""

    def __init__(self, worker_count: int = 1, parameter_server_count: int = 1) -> None:
        self.worker_count = worker_count
        self.parameter_server_count = parameter_server_count
