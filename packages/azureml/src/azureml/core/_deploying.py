"""Deploying: from what v1 asks for to a call of Brygga's, with v1's words on the way."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml._support.gate import say
from azureml._support.names import check_name
from azureml.core._record import ServiceRecord, record_of
from azureml.exceptions import UserErrorException, WebserviceException

if TYPE_CHECKING:
    import brygga
    from azureml.core._inference_config import InferenceConfig
    from azureml.core._recipe import Recipe
    from azureml.core._status_lines import StatusLines
    from azureml.core.compute import AksCompute
    from azureml.core.image import Image
    from azureml.core.model import Model
    from azureml.core.webservice import Webservice
    from azureml.core.webservice.webservice import WebserviceDeploymentConfiguration
    from azureml.core.workspace import Workspace

_NAME_LENGTH = 30
_SAID = "azureml.said"


@dataclass(frozen=True)
class Translated:
    """A deployment configuration in Brygga's words.

    Attributes:
        options: For `services.deploy`.
        record: What is kept beside the service.
    """

    options: Mapping[str, Any]
    record: ServiceRecord


def deploy_models(
    workspace: Workspace,
    name: str,
    models: Sequence[Model | str],
    inference_config: InferenceConfig | None,
    deployment_config: WebserviceDeploymentConfiguration | None,
    deployment_target: Any,
    *,
    overwrite: bool,
    show_output: bool,
) -> Webservice:
    """`Model.deploy`."""
    from azureml.core._no_code import no_code_recipe
    from azureml.core._recipe import from_inference_config

    configuration = _configuration(deployment_config, deployment_target)
    configuration.validate_configuration()
    if show_output:
        print_configuration(models, inference_config, configuration, deployment_target)
    chosen: Sequence[Model | Path]
    if configuration._webservice_type._webservice_type == "Local":
        chosen = unregistered_models(models)
    else:
        chosen = registered_models(workspace, models)
    if inference_config is None:
        recipe, defaults = no_code_recipe(chosen)
    else:
        recipe, defaults = from_inference_config(inference_config), {}
    service = deploy(
        workspace,
        name,
        chosen,
        recipe,
        configuration,
        compute=compute_of(workspace, configuration, deployment_target),
        overwrite=overwrite,
        defaults=defaults,
    )
    if show_output:
        print(
            "Request submitted, please run wait_for_deployment(show_output=True) to get "
            "deployment status."
        )
    return service


def registered_models(
    workspace: Workspace, models: Sequence[Model | Path | str], *, limit: int | None = None
) -> list[Model]:
    """Models as they are; of paths, models registered under the path's own name."""
    from azureml.core.model import Model

    return [
        Model.register(workspace, str(each), each.resolve().name[:limit])
        if isinstance(each, Path)
        else each
        for each in unregistered_models(models)
    ]


def unregistered_models(models: Sequence[Model | Path | str]) -> list[Model | Path]:
    """Models as they are; paths as such: a local service takes them as version 0."""
    from azureml.core.model import Model

    if not isinstance(models, list | tuple):
        raise WebserviceException("models must be a list of Model objects or of paths to files.")
    return [each if isinstance(each, Model) else Path(each) for each in models]


def brygga_models(models: Sequence[Model | Path]) -> list[brygga.Model | Path]:
    """As Brygga takes them."""
    return [each if isinstance(each, Path) else each._brygga for each in models]


def deploy(
    workspace: Workspace,
    name: str,
    models: Sequence[Model | Path],
    recipe: Recipe,
    configuration: WebserviceDeploymentConfiguration,
    *,
    compute: AksCompute | None = None,
    overwrite: bool = False,
    defaults: Mapping[str, Any] | None = None,
) -> Webservice:
    """Deploys, and returns while it is starting."""
    from azureml.core.webservice.local import LocalWebservice

    kind = configuration._webservice_type
    # A local service is for trying out: the same name again takes its place, as in v1.
    check_free(workspace, name, overwrite=overwrite or _is_local(workspace, name, kind))
    target = choose_target(workspace, name, compute)
    translated_to = _on(compute, configuration._translated(defaults or {}, target))
    if recipe.asked_of_image and target == "process":
        say(
            f"{name} runs on the target {target}: {recipe.asked_of_image} would matter for the "
            "target container, where a container engine answers."
        )
    from azureml.core._status_lines import StatusLines

    lines = StatusLines(name)
    with translated():
        service = workspace._brygga.services.deploy(
            name,
            models=brygga_models(models),
            target=target,
            fresh=True,
            profile="v1",
            environment_variables=recipe.environment_variables,
            progress=lines,
            **recipe.options(with_image=target != "process"),
            **_unless_said(recipe.environment_variables, translated_to.options),
        )
    made = _deployed(workspace, service, kind, translated_to.record, lines, recipe.shown)
    if isinstance(made, LocalWebservice):
        made._models, made._recipe = tuple(models), recipe
    return made


def _unless_said(variables: Mapping[str, str] | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options without the timeout that a variable of v1 sets: its server heeds that."""
    said = "SCORING_TIMEOUT_MS" in (variables or {})
    return {k: v for k, v in options.items() if not (said and k == "scoring_timeout_ms")}


def deploy_image(
    workspace: Workspace,
    name: str,
    image: Image,
    configuration: WebserviceDeploymentConfiguration,
    *,
    compute: AksCompute | None = None,
    overwrite: bool = False,
) -> Webservice:
    """Deploys an image that was created, and returns while it is starting."""
    check_free(workspace, name, overwrite=overwrite)
    target = choose_target(workspace, name, compute)
    translated_to = _on(compute, configuration._translated({}, target))
    from azureml.core._status_lines import StatusLines

    lines = StatusLines(name)
    with translated():
        service = workspace._brygga.services.deploy(
            name,
            image=image._brygga,
            target=target,
            fresh=True,
            profile="v1",
            progress=lines,
            **translated_to.options,
        )
    kind = configuration._webservice_type
    record = ServiceRecord(**{**vars(translated_to.record), "image_id": image.id})
    return _deployed(workspace, service, kind, record, lines, None)


def _deployed(
    workspace: Workspace,
    service: brygga.Service,
    kind: type[Webservice],
    record: ServiceRecord,
    lines: StatusLines,
    environment: Mapping[str, Any] | None,
) -> Webservice:
    if environment is not None:
        record = ServiceRecord(**{**vars(record), "environment": environment})
    record.keep(workspace, service)
    made: Webservice = kind._of(workspace, service, record_of(workspace, service))
    lines.started()
    made._status_lines = lines
    return made


def _is_local(workspace: Workspace, name: str, kind: type[Webservice]) -> bool:
    there = workspace._brygga.services.find(name)
    if kind._webservice_type != "Local" or there is None:
        return False
    return record_of(workspace, there).compute_type == "LOCAL"


def check_free(workspace: Workspace, name: str, *, overwrite: bool) -> None:
    """Refuses a name that cannot be used, or is used.

    Raises:
        WebserviceException: which it is.
    """
    check_name("service", name)
    if not overwrite and workspace._brygga.services.find(name) is not None:
        raise WebserviceException(
            f"Service {name} with the same name already exists, please use a different service "
            "name or delete the existing service.",
            status_code=409,
        )


def choose_target(workspace: Workspace, name: str, compute: AksCompute | None = None) -> str:
    """That of the service where it is there; else a container engine's, where one answers.

    A compute target that has the name of a declared cluster means that cluster.

    `BRYGGA_AZUREML_TARGET` in the environment names another one for new services.
    """
    there = workspace._brygga.services.find(name)
    if there is not None:
        return there.target
    if compute is not None and compute._is_declared:
        return compute.name
    asked = os.environ.get("BRYGGA_AZUREML_TARGET")
    if asked:
        return asked
    usable = workspace._brygga.services.targets()
    if "container" in usable:
        return "container"
    _say_once_a_session(
        workspace, "No container engine answers here: services run as processes of this machine."
    )
    return "process"


def _say_once_a_session(workspace: Workspace, line: str) -> None:
    """Says it once to whoever has logged in, or started Jupyter, not again in each kernel."""
    from brygga.targets.local.noted_process import started_ticks

    session = int(os.environ.get("JPY_PARENT_PID") or os.getsid(0))
    content = {"process": session, "started_ticks": started_ticks(session)}
    documents = workspace._brygga.documents
    found = documents.find(_SAID, "engine")
    if found is None or found.content != content:
        say(line)
        documents.put(_SAID, "engine", content)


def builds_images(workspace: Workspace) -> bool:
    """Whether new services would run in images."""
    asked = os.environ.get("BRYGGA_AZUREML_TARGET")
    return asked == "container" if asked else "container" in workspace._brygga.services.targets()


def _configuration(
    given: WebserviceDeploymentConfiguration | None, target: Any
) -> WebserviceDeploymentConfiguration:
    from azureml.core.compute import AksCompute
    from azureml.core.webservice import AciWebservice, AksWebservice

    if given is not None:
        return given
    if isinstance(target, AksCompute):
        return AksWebservice.deploy_configuration()
    if target is not None:
        raise UserErrorException(
            f"A service cannot be deployed to a {type(target).__name__}: give an AksCompute, or "
            "a deployment configuration."
        )
    return AciWebservice.deploy_configuration()


def compute_of(
    workspace: Workspace, configuration: WebserviceDeploymentConfiguration, target: Any
) -> AksCompute | None:
    """The cluster a service is deployed to, as it is given or named; None where there is none.

    Raises:
        UserErrorException: services of this kind are deployed to none.
        ComputeTargetException: there is none of that name.
    """
    from azureml.core.compute import AksCompute

    if target is None:
        name = getattr(configuration, "compute_target_name", None)
        return AksCompute(workspace, name) if name else None
    kind = configuration._webservice_type._webservice_type
    if not isinstance(target, AksCompute) or kind != "AKS":
        raise UserErrorException(
            f"deployment_target is {getattr(target, 'name', target)!r}, but the deployment "
            f"configuration is of the type {kind}: leave deployment_target out, or give an "
            "AksCompute and AksWebservice.deploy_configuration()."
        )
    return target


def _on(compute: AksCompute | None, asked: Translated) -> Translated:
    """What a cluster adds: its name, and the certificate of all that run on it."""
    if compute is None:
        return asked
    settings = {**asked.record.settings, "compute_target_name": compute.name}
    # A declared cluster's ingress has the certificate.
    tls = {} if compute._is_declared else {"tls": compute._certificate()}
    return Translated(
        options={**asked.options, **tls},
        record=replace(asked.record, settings=settings),
    )


def print_configuration(
    models: Sequence[Model | str],
    inference_config: InferenceConfig | None,
    deployment_config: WebserviceDeploymentConfiguration | None,
    deployment_target: object,
) -> None:
    """Prints what is about to be deployed."""
    names = [getattr(model, "name", model) for model in models]
    print(f"Models: {names}")
    if inference_config is not None:
        environment = inference_config.environment
        print(f"Entry script: {inference_config.entry_script}")
        if environment is not None:
            print(f"Environment: {environment.name}, Version: {environment.version}")
    if deployment_config is not None:
        deployment_config.print_deploy_configuration()
    if deployment_target is not None:
        print(f"Deployment target: {getattr(deployment_target, 'name', deployment_target)}")
