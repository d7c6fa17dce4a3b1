"""`Model.package`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from azureml._support.errors import translated
from azureml.core._deploying import registered_models
from azureml.core._model_package import ModelPackage
from azureml.core._no_code import no_code_recipe
from azureml.core._recipe import from_inference_config

if TYPE_CHECKING:
    from azureml.core._inference_config import InferenceConfig
    from azureml.core.model import Model
    from azureml.core.workspace import Workspace


def package(
    workspace: Workspace,
    models: Sequence[Model | str],
    inference_config: InferenceConfig | None,
    generate_dockerfile: bool,
    image_name: str | None,
    image_label: str | None,
) -> ModelPackage:
    """Makes an image under a name; a label becomes a tag of it."""
    registered = registered_models(workspace, models)
    if inference_config is None:
        recipe, _ = no_code_recipe(registered)
    else:
        recipe = from_inference_config(inference_config)
    with translated():
        image = workspace._brygga.images.create(
            image_name or _name(registered),
            models=[model._brygga for model in registered],
            tags={"label": image_label} if image_label else {},
            description=recipe.description,
            **recipe.options(with_image=True),
        )
    return ModelPackage._of(
        workspace,
        image,
        None if inference_config is None else inference_config.environment,
        dockerfile=generate_dockerfile,
    )


def _name(models: Sequence[Model]) -> str:
    text = "-".join(model.name for model in models).lower() or "package"
    return re.sub(r"[^a-z0-9.-]+", "-", text).strip("-.")[:32].rstrip("-.")
