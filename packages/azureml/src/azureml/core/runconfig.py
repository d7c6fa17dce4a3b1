"""`RunConfiguration`: where and in what a script runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azureml._support.gate import checked, say
from azureml._support.table import row
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.container_registry import ContainerRegistry
from azureml.core.environment import Environment

__all__ = ["DEFAULT_CPU_IMAGE", "DEFAULT_GPU_IMAGE", "ContainerRegistry", "RunConfiguration"]

DEFAULT_CPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1"
DEFAULT_GPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.8-cudnn8-ubuntu22.04"


_USED = frozenset(
    ("script", "arguments", "framework", "communicator", "target", "environment",
     "_environment_set")
)  # fmt: skip


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
        self._environment_set = conda_dependencies is not None
        if conda_dependencies is not None:
            self.environment.python.conda_dependencies = conda_dependencies

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "environment" and hasattr(self, "environment"):
            self._environment_set = True
        if name not in _USED:
            say(f"{row('RunConfiguration').text} ({name} was set.)")
        if name == "target":
            value = getattr(value, "name", value)
        super().__setattr__(name, value)
