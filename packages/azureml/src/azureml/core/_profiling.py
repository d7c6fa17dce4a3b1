"""`Model.profile`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml._support.gate import say
from azureml.core._deploying import registered_models
from azureml.core._recipe import from_inference_config
from azureml.core.profile import KIND, ModelProfile
from azureml.data import TabularDataset
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core._inference_config import InferenceConfig
    from azureml.core.model import Model
    from azureml.core.workspace import Workspace
    from brygga.services.profiling import Profile

_CPU, _MEMORY = 3.5, 15.0
"""What v1 requests where nothing is said; no more than this machine has is taken of it."""


def profile(
    workspace: Workspace,
    profile_name: str,
    models: Sequence[Model | str],
    inference_config: InferenceConfig,
    input_dataset: Any,
    cpu: float | None,
    memory_in_gb: float | None,
    description: str | None,
) -> ModelProfile:
    """Runs each row of the dataset's one column of text, and keeps what was measured."""
    rows = _rows(input_dataset)
    recipe = from_inference_config(inference_config)
    if recipe.asked_of_image:
        say(f"{profile_name} is measured as processes of this machine, without the image.")
    with translated():
        measured = workspace._brygga.services.profile(
            models=[m._brygga for m in registered_models(workspace, models)],
            inputs=rows,
            cpu_cores=cpu,
            memory_gb=memory_in_gb,
            environment_variables=recipe.environment_variables,
            profile="v1",
            **recipe.options(with_image=False),
        )
    content = _content(measured, cpu or _CPU, memory_in_gb or _MEMORY)
    content |= {"description": description, "inputDatasetId": input_dataset.id}
    workspace._brygga.documents.put(KIND, profile_name, content)
    return ModelProfile(workspace, profile_name)


def _rows(dataset: Any) -> list[str]:
    if not isinstance(dataset, TabularDataset):
        raise UserErrorException("input_dataset must be a TabularDataset.")
    rows = dataset._one_column()
    if not rows:
        raise UserErrorException("input_dataset has no rows.")
    return rows


def _content(measured: Profile, cpu: float, memory: float) -> dict[str, Any]:
    common = {"requestedCpu": cpu, "requestedMemoryInGB": memory, "requestedQueriesPerSecond": 0}
    if measured.error is not None:
        return {**common, "state": "Failed", "error": {"message": measured.error}}
    at = measured.latency_ms
    return {
        **common,
        "state": "Succeeded",
        "maxUtilizedMemoryInGB": measured.peak_memory_gb,
        "maxUtilizedCpu": measured.cpu_cores,
        "totalQueries": measured.requests,
        "successQueries": measured.succeeded,
        "successRate": 100.0 * measured.succeeded / measured.requests,
        "averageLatencyInMs": measured.mean_latency_ms,
        "latencyPercentile50InMs": at(50),
        "latencyPercentile90InMs": at(90),
        "latencyPercentile95InMs": at(95),
        "latencyPercentile99InMs": at(99),
        "latencyPercentile999InMs": at(99.9),
        "measuredQueriesPerSecond": measured.per_second,
        "recommendedCpu": measured.recommended_cpu_cores,
        "recommendedMemoryInGB": measured.recommended_memory_gb,
    }
