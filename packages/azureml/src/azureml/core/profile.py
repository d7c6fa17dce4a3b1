"""`ModelProfile`: what a model needed while it was measured."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

__all__ = ["ModelProfile"]

KIND = "azureml.profile"


class _ModelEvaluationResultBase(ABC):
    _details_keys_success = (
        "requestedCpu",
        "requestedMemoryInGB",
        "requestedQueriesPerSecond",
        "maxUtilizedMemoryInGB",
        "maxUtilizedCpu",
        "totalQueries",
        "successQueries",
        "successRate",
        "averageLatencyInMs",
        "latencyPercentile50InMs",
        "latencyPercentile90InMs",
        "latencyPercentile95InMs",
        "latencyPercentile99InMs",
        "latencyPercentile999InMs",
        "measuredQueriesPerSecond",
        "state",
        "name",
        "createdTime",
        "error",
    )
    _details_keys_error = (
        "name",
        "description",
        "state",
        "requestedCpu",
        "requestedMemoryInGB",
        "requestedQueriesPerSecond",
        "error",
        "errorLogsUri",
        "createdTime",
    )

    def __init__(self, workspace: Workspace, name: str) -> None:
        found = workspace._brygga.documents.find(KIND, name)
        if found is None:
            raise WebserviceException(
                f"ModelProfileNotFound: Profile with name {name} not found in provided workspace",
                status_code=404,
            )
        self.workspace = workspace
        self.name = name
        self._found = dict(found.content)
        self.state = self._found["state"]
        self.description = self._found.get("description")
        self.created_time = found.created_at
        self.error = self._found.get("error")
        self.recommended_cpu = self._found.get("recommendedCpu")
        self.recommended_memory = self._found.get("recommendedMemoryInGB")

    @abstractmethod
    def wait_for_completion(self, show_output: bool = False) -> None: ...

    @abstractmethod
    def get_details(self) -> dict[str, Any]: ...

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "name": self.name,
            "createdTime": self.created_time.isoformat(),
            "workspaceName": self.workspace.name,
            **self._found,
        }


class ModelProfile(_ModelEvaluationResultBase):
    """What a model needed while it was measured, and what is recommended."""

    _model_eval_type = "profiling"
    _profile_recommended_cpu_key = "recommendedCpu"
    _profile_recommended_memory_key = "recommendedMemoryInGB"
    _details_keys_success = (
        *_ModelEvaluationResultBase._details_keys_success,
        "recommendedMemoryInGB",
        "recommendedCpu",
    )  # type: ignore[assignment]

    def __init__(self, workspace: Workspace, name: str) -> None:
        super().__init__(workspace, name)

    def wait_for_completion(self, show_output: bool = False) -> None:
        """It is done when it exists; raises if it failed."""
        if show_output:
            print(f"Running\n{self.state}")
        if self.state != "Succeeded":
            raise WebserviceException(
                f"Model profiling operation finished, operation {self.state!r}. Error: {self.error}"
            )

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return super().serialize()

    def get_details(self) -> dict[str, Any]:
        """What was measured, and what is recommended."""
        whole = {**self.serialize(), "name": self.name}
        keys = self._details_keys_success if self.state == "Succeeded" else self._details_keys_error
        return {key: whole[key] for key in keys if whole.get(key) is not None}

    def __repr__(self) -> str:
        return f"ModelProfile(workspace={self.workspace!r}, name={self.name}, state={self.state})"
