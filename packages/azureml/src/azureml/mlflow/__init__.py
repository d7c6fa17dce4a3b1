"""MLflow in a workspace: it writes to a folder, which is read; there is no server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from azureml.core import VERSION

if TYPE_CHECKING:
    from azureml.core.model import Model
    from azureml.core.run import Run

__all__ = ["VERSION", "get_portal_url", "register_model"]


def get_portal_url(run: Run) -> str:
    """Where its files are, as an address: there is no portal."""
    return run.get_portal_url()


def register_model(
    run: Run,
    name: str,
    path: str,
    tags: Mapping[str, str] | None = None,
    properties: Mapping[str, str] | None = None,
    model_framework: str | None = None,
    model_framework_version: str | None = None,
    description: str | None = None,
    datasets: Any = None,
    sample_input_dataset: Any = None,
    sample_output_dataset: Any = None,
    resource_configuration: Any = None,
    **kwargs: Any,
) -> Model:
    """Registers what a run kept below `path`; the same as `Run.register_model`."""
    return run.register_model(
        name,
        path,
        tags=tags,
        properties=properties,
        model_framework=model_framework,
        model_framework_version=model_framework_version,
        description=description,
        datasets=datasets,
        sample_input_dataset=sample_input_dataset,
        sample_output_dataset=sample_output_dataset,
        resource_configuration=resource_configuration,
        **kwargs,
    )
