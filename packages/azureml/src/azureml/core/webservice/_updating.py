"""Changing a service that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml._support.gate import say
from azureml.core._record import ServiceRecord
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core._inference_config import InferenceConfig
    from azureml.core._status_lines import StatusLines
    from azureml.core.image import Image
    from azureml.core.model import Model
    from azureml.core.webservice.webservice import Webservice


def change(
    service: Webservice,
    tags: Mapping[str, str] | None,
    properties: Mapping[str, str] | None,
    description: str | None,
    **settings: Any,
) -> None:
    """Changes what needs no new revision; None keeps what there is."""
    texts = None if tags is None else {key: str(value) for key, value in tags.items()}
    if texts is not None or description is not None:
        with translated():
            service._brygga.change(tags=texts, description=description)
    given = {name: value for name, value in settings.items() if value is not None}
    record = service._record
    if given:
        service._keep(ServiceRecord(**{**vars(record), "settings": {**record.settings, **given}}))
    if properties:
        service._add_properties(properties)
    service._refresh()


def redeploy(
    service: Webservice,
    image: Image | None,
    models: Sequence[Model | str] | None,
    inference_config: InferenceConfig | None,
    **spec: Any,
) -> None:
    """Starts a new revision, where an image, models and a script, or limits ask for one.

    Raises:
        WebserviceException: models without a script or the other way round; it cannot be deployed.
    """
    if image is not None and (models or inference_config):
        raise WebserviceException(
            "An image cannot be given together with models and inference_config."
        )
    if (models is None) != (inference_config is None):
        raise WebserviceException(
            'Error, both "models" and "inference_config" inputs must be provided in order to '
            "update the models."
        )
    given = {name: value for name, value in spec.items() if value is not None}
    if image is None and models is None and not given:
        return
    from azureml.core._status_lines import StatusLines

    lines = StatusLines(service.name)
    with translated():
        if models is not None and inference_config is not None:
            _deploy_again(service, models, inference_config, lines, given)
        else:
            chosen = None if image is None else image._brygga
            service._brygga.reconfigure(image=chosen, progress=lines, **given)
    record: dict[str, Any] = {**vars(service._record)}
    if image is not None:
        record["image_id"] = image.id
    elif inference_config is not None:
        environment = inference_config.environment
        record |= {
            "image_id": None,
            "environment": None if environment is None else environment._to_dict(),
        }
    service._keep(ServiceRecord(**record))
    lines.started()
    service._status_lines = lines


def _deploy_again(
    service: Webservice,
    models: Sequence[Model | str],
    inference_config: InferenceConfig,
    lines: StatusLines,
    given: Mapping[str, Any],
) -> None:
    from azureml.core._deploying import brygga_models, registered_models
    from azureml.core._recipe import from_inference_config

    recipe = from_inference_config(inference_config)
    target = service._brygga.target
    if recipe.asked_of_image and target == "process":
        say(f"{service.name} runs on the target {target}: its image is not used.")
    service.workspace._brygga.services.deploy(
        service.name,
        target=target,
        models=brygga_models(registered_models(service.workspace, models)),
        environment_variables=recipe.environment_variables,
        progress=lines,
        **recipe.options(with_image=target != "process"),
        **given,
    )
