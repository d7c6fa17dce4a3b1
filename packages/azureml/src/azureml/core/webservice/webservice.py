"""`Webservice`: what all kinds of services have in common."""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml._support.filters import Filter, as_filters, fits
from azureml.core._record import ServiceRecord, forget, record_of
from azureml.core.webservice._calling import call
from azureml.core.webservice._requirements import (
    AutoScaler,
    ContainerResourceRequirements,
    DataCollection,
    LivenessProbeRequirements,
    WebServiceAccessToken,
)
from azureml.core.webservice._waiting import wait
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    import brygga
    from azureml.core._deploying import Translated
    from azureml.core._status_lines import StatusLines
    from azureml.core.environment import Environment
    from azureml.core.image import Image
    from azureml.core.image.container import ContainerImageConfig
    from azureml.core.model import Model
    from azureml.core.webservice.local import LocalWebservice
    from azureml.core.workspace import Workspace

__all__ = [
    "AutoScaler",
    "ContainerResourceRequirements",
    "DataCollection",
    "LivenessProbeRequirements",
    "UnknownWebservice",
    "WebServiceAccessToken",
    "Webservice",
    "WebserviceDeploymentConfiguration",
]


_V1_STATES = {"Stopped": "Unhealthy"}
"""v1 has no such state; the error says that it was stopped."""


class Webservice(ABC):
    """A service. `Webservice(workspace, name)` gives one of the kind it is."""

    _webservice_type: str | None = None

    def __new__(cls, workspace: Workspace, name: str) -> Any:
        service = _find(workspace, name)
        record = record_of(workspace, service)
        kind = _kinds().get(record.compute_type, UnknownWebservice)
        if cls is not Webservice and not issubclass(kind, cls):
            raise WebserviceException(
                f"The service {name} is of the type {record.compute_type}, not "
                f"{cls._webservice_type}."
            )
        return object.__new__(kind)

    def __init__(self, workspace: Workspace, name: str) -> None:
        service = _find(workspace, name)
        self._load(workspace, service, record_of(workspace, service))

    @classmethod
    def _of(cls, workspace: Workspace, service: brygga.Service, record: ServiceRecord) -> Any:
        made = object.__new__(_kinds().get(record.compute_type, UnknownWebservice))
        made._load(workspace, service, record)
        return made

    def _load(self, workspace: Workspace, service: brygga.Service, record: ServiceRecord) -> None:
        self.workspace = workspace
        self._brygga = service
        self._record = record
        self._status_lines: StatusLines | None = None
        self.name = service.name
        self._refresh()

    def _refresh(self) -> None:
        service, record = self._brygga, self._record
        with translated():
            self._seen = seen = service.snapshot()
        spec, error = seen.newest.spec, seen.error
        self.state = _V1_STATES.get(seen.state_text, seen.state_text)
        self.scoring_uri, self.swagger_uri = seen.scoring_uri, seen.swagger_uri
        self.tags = dict(seen.tags)
        self.description = seen.description or None
        self.created_time, self.updated_time = seen.created_at, seen.updated_at
        self._model_ids = list(seen.current.models)
        self.compute_type = record.compute_type
        self.properties = dict(record.properties)
        self.error = None if error is None else _v1_error(error, self.compute_type)
        self.auth_enabled = spec.auth and not record.settings.get("token_auth_enabled")
        self.token_auth_enabled = bool(record.settings.get("token_auth_enabled"))
        self.created_by = None
        self.image_id = record.image_id
        self.image_digest = seen.newest.bundle_digest

    @property
    def image(self) -> Image | None:
        """The image it was deployed from."""
        from azureml.core.image import ContainerImage

        return ContainerImage(self.workspace, id=self.image_id) if self.image_id else None

    @property
    def models(self) -> builtins.list[Model]:
        """The registered models in it; a local service may have others, under version 0."""
        from azureml.core.model import Model

        known = [each for each in self._model_ids if not each.endswith(":0")]
        return [Model(self.workspace, id=each) for each in known]

    @property
    def environment(self) -> Environment | None:
        """The environment it was deployed with."""
        from azureml.core.environment import Environment

        shown = self._record.environment
        return None if shown is None else Environment._from_dict(shown)

    @staticmethod
    def deploy(
        workspace: Workspace,
        name: str,
        model_paths: Sequence[str],
        image_config: ContainerImageConfig,
        deployment_config: WebserviceDeploymentConfiguration | None = None,
        deployment_target: Any = None,
        overwrite: bool = False,
    ) -> Any:
        """Registers each path as a model, and deploys them."""
        from azureml.core._deploying import registered_models

        models = registered_models(workspace, model_paths, limit=30)
        return Webservice.deploy_from_model(
            workspace, name, models, image_config, deployment_config, deployment_target, overwrite
        )

    @staticmethod
    def deploy_from_model(
        workspace: Workspace,
        name: str,
        models: Sequence[Model | str],
        image_config: ContainerImageConfig,
        deployment_config: WebserviceDeploymentConfiguration | None = None,
        deployment_target: Any = None,
        overwrite: bool = False,
    ) -> Any:
        """Makes an image of the models, and deploys it."""
        from azureml.core._deploying import check_free
        from azureml.core.image import ContainerImage

        check_free(workspace, name, overwrite=overwrite)
        image = ContainerImage.create(workspace, name, models, image_config)
        image.wait_for_creation(show_output=True)
        return Webservice.deploy_from_image(
            workspace, name, image, deployment_config, deployment_target, overwrite
        )

    @staticmethod
    def deploy_from_image(
        workspace: Workspace,
        name: str,
        image: Image,
        deployment_config: WebserviceDeploymentConfiguration | None = None,
        deployment_target: Any = None,
        overwrite: bool = False,
    ) -> Any:
        """Deploys an image."""
        from azureml.core._deploying import _configuration, compute_of, deploy_image

        configuration = _configuration(deployment_config, deployment_target)
        configuration.validate_configuration()
        configuration.validate_image(image)
        compute = compute_of(workspace, configuration, deployment_target)
        print("Creating service")
        return deploy_image(
            workspace, name, image, configuration, compute=compute, overwrite=overwrite
        )

    @staticmethod
    def check_for_existing_webservice(
        workspace: Workspace,
        name: str,
        overwrite: bool = False,
        request_func: object = None,
        check_func: object = None,
    ) -> None:
        """Refuses a name that is used; the functions, v1's own plumbing, are not called."""
        from azureml.core._deploying import check_free

        check_free(workspace, name, overwrite=overwrite)

    @staticmethod
    def deploy_local_from_model(
        workspace: Workspace,
        name: str,
        models: Sequence[Model | str],
        image_config: ContainerImageConfig,
        deployment_config: WebserviceDeploymentConfiguration | None = None,
        wait: bool = False,
    ) -> LocalWebservice:
        """Deploys beside the services of the workspace, for trying it out."""
        from azureml.core.webservice.local import deploy_image_config

        return deploy_image_config(workspace, name, models, image_config, deployment_config, wait)

    def wait_for_deployment(
        self, show_output: bool = False, timeout_sec: float | None = None
    ) -> None:
        """Waits until it serves; raises when it will not."""
        wait(self, show_output=show_output, timeout_s=timeout_sec)

    def update_deployment_state(self) -> None:
        """Looks again how it fares."""
        self._refresh()

    @staticmethod
    def list(
        workspace: Workspace,
        compute_type: str | None = None,
        image_name: str | None = None,
        image_id: str | None = None,
        model_name: str | None = None,
        model_id: str | None = None,
        tags: Filter | None = None,
        properties: Filter | None = None,
        image_digest: str | None = None,
    ) -> builtins.list[Webservice]:
        """The services that fit all filters; those for trying out are not among them."""
        found: builtins.list[Webservice] = []
        with translated():
            services = workspace._brygga.services.list()
        wanted_tags = as_filters("tags", tags)
        wanted_properties = as_filters("properties", properties)
        for each in services:
            record = record_of(workspace, each)
            if record.compute_type == "LOCAL":
                continue
            service: Webservice = Webservice._of(workspace, each, record)
            if (
                compute_type in (None, record.compute_type)
                and image_name in (None, (record.image_id or "").partition(":")[0])
                and image_id in (None, record.image_id)
                and (model_name is None or model_name in _names(service._model_ids))
                and (model_id is None or model_id in service._model_ids)
                and image_digest in (None, service.image_digest)
                and fits(wanted_tags, service.tags)
                and fits(wanted_properties, service.properties)
            ):
                found.append(service)
        return found

    def get_logs(self, num_lines: int = 5000, init: bool = False) -> str | None:
        """The last lines of its log; `init` asks for those of containers that v1 has and we not."""
        with translated():
            lines = [*self._brygga.logs(lines=num_lines)]
        return "\n".join(lines) + "\n" if lines else ""

    @abstractmethod
    def run(self, input: Any) -> Any:
        """Sends data to it, and returns its answer."""

    def _call(self, data: Any) -> Any:
        return call(self, data)

    def get_keys(self) -> tuple[str, str]:
        """The primary and the secondary key."""
        if not self._brygga.spec.auth:
            raise WebserviceException(
                f"The service {self.name} has no keys: it was deployed without. "
                "update(auth_enabled=True) turns them on."
            )
        with translated():
            keys = self._brygga.get_keys()
        return keys.primary, keys.secondary

    get_key = get_keys

    def regen_key(self, key: str, set_key: str | None = None) -> None:
        """Replaces the `Primary` or `Secondary` key."""
        name = key.lower() if isinstance(key, str) else ""
        if name not in ("primary", "secondary"):
            raise WebserviceException(
                f"Error, invalid value provided for key: {key}.\n"
                'Valid values are: "Primary", "Secondary".'
            )
        with translated():
            self._brygga.regen_key("primary" if name == "primary" else "secondary", value=set_key)

    def get_token(self) -> Any:
        """Of services with token authentication."""
        raise NotImplementedError(
            f"Token auth is not enabled for services of the type {self.compute_type}."
        )

    @abstractmethod
    def update(self, *args: Any) -> None:
        """Changes it."""

    def delete(self) -> None:
        """Ends and removes it."""
        from brygga import NotFoundError

        with translated():
            if self.workspace._brygga.services.find(self.name) is None:
                print(f"No service with name {self.name} found to delete.")
                return
            try:
                self._brygga.delete()
            except NotFoundError:
                print(f"No service with name {self.name} found to delete.")
        forget(self.workspace, self.name)
        self.state = "Deleting"

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        image, environment = self._record.image_id, self._record.environment
        return {
            "name": self.name,
            "description": self.description,
            "tags": self.tags,
            "properties": self.properties,
            "state": self.state,
            "createdTime": self.created_time.isoformat(),
            "updatedTime": self.updated_time.isoformat(),
            "error": self.error,
            "computeType": self.compute_type,
            "workspaceName": self.workspace.name,
            "imageId": image,
            "imageDigest": self.image_digest,
            "imageDetails": self.image.serialize() if self.image else None,
            "scoringUri": self.scoring_uri,
            "createdBy": self.created_by,
            "environmentDetails": environment,
            "modelDetails": [model.serialize() for model in self.models],
        }

    @classmethod
    def deserialize(cls, workspace: Workspace, webservice_payload: Mapping[str, Any]) -> Webservice:
        """The service a dictionary names."""
        missing = {"name", "computeType"} - set(webservice_payload)
        if missing:
            raise WebserviceException(
                f"Invalid webservice payload, missing {sorted(missing)}:\n{webservice_payload}"
            )
        return cls(workspace, webservice_payload["name"])

    def _change_tags(self, tags: Mapping[str, str], what: str) -> None:
        with translated():
            self._brygga.change(tags=tags)
        self._refresh()
        print(f"Webservice {what} operation complete.")

    def _add_tags(self, tags: Mapping[str, str]) -> None:
        texts = {key: str(value) for key, value in tags.items()}
        with translated():
            changed = {**self._brygga.tags, **texts}
        self._change_tags(changed, "tag add")

    def _remove_tags(self, tags: Sequence[str]) -> None:
        with translated():
            kept = {k: v for k, v in self._brygga.tags.items() if k not in tags}
        self._change_tags(kept, "tag remove")

    def _add_properties(self, properties: Mapping[str, str]) -> None:
        merged = {**self._record.properties, **{k: str(v) for k, v in properties.items()}}
        for key, value in self._record.properties.items():
            if merged[key] != value:
                raise WebserviceException(f"The property {key} is {value} and cannot be changed.")
        self._keep(ServiceRecord(**{**vars(self._record), "properties": merged}))
        print("Webservice add properties operation complete.")

    def _keep(self, record: ServiceRecord) -> None:
        record.keep(self.workspace, self._brygga)
        self._record = record_of(self.workspace, self._brygga)
        self._refresh()

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name}, "
            f"image_id={self.image_id}, image_digest={self.image_digest}, "
            f"compute_type={self.compute_type}, state={self.state}, "
            f"scoring_uri={self.scoring_uri}, tags={self.tags}, properties={self.properties}, "
            f"created_by={self.created_by})"
        )


class UnknownWebservice(Webservice):
    """A service of a kind that this facade has no class for."""

    def run(self, input: Any) -> Any:
        """Sends data to it, and returns its answer."""
        return self._call(input)

    def update(self, *args: Any) -> None:
        """Its kind is not known, so neither is what could be changed."""
        raise NotImplementedError(f"A service of the type {self.compute_type} cannot be updated.")


class WebserviceDeploymentConfiguration(ABC):
    """How a service is to be deployed."""

    _webservice_type: type[Webservice]

    def __init__(
        self,
        type: builtins.type[Webservice],
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        primary_key: str | None = None,
        secondary_key: str | None = None,
        location: str | None = None,
    ) -> None:
        self._webservice_type = type
        self.description = description
        self.tags = tags
        self.properties = properties
        self.primary_key = primary_key
        self.secondary_key = secondary_key
        self.location = location

    @abstractmethod
    def validate_configuration(self) -> None:
        """Refuses what cannot be deployed."""

    @abstractmethod
    def print_deploy_configuration(self) -> None:
        """Prints it."""

    @abstractmethod
    def _translated(self, defaults: Mapping[str, Any], target: str) -> Translated:
        """In Brygga's words; `defaults` are what the models ask for."""

    @classmethod
    def validate_image(cls, image: Image | None) -> None:
        """Refuses an image that is not there."""
        if image is None:
            raise WebserviceException("Image is None: create one first.")
        if image.creation_state != "Succeeded":
            raise WebserviceException(
                f"Unable to create service with image {image.id} in creation state "
                f"{image.creation_state!r}."
            )

    def _check_keys(self) -> builtins.list[str]:
        if bool(self.primary_key) != bool(self.secondary_key):
            return ["Invalid configuration, primary_key and secondary_key must be given together."]
        return []

    def _keys(self) -> dict[str, str] | None:
        if not self.primary_key or not self.secondary_key:
            return None
        return {"primary": self.primary_key, "secondary": self.secondary_key}


def _find(workspace: Workspace, name: str) -> brygga.Service:
    with translated():
        service = workspace._brygga.services.find(name)
    if service is None:
        raise WebserviceException(
            f"WebserviceNotFound: Webservice with name {name} not found in provided workspace",
            status_code=404,
        )
    return service


def _kinds() -> dict[str, type[Webservice]]:
    from azureml.core.webservice.aci import AciWebservice
    from azureml.core.webservice.aks import AksWebservice
    from azureml.core.webservice.local import LocalWebservice

    return {"ACI": AciWebservice, "AKS": AksWebservice, "LOCAL": LocalWebservice}


def _names(model_ids: Sequence[str]) -> set[str]:
    return {each.partition(":")[0] for each in model_ids}


def _v1_error(error: brygga.Diagnosis, compute_type: str) -> dict[str, Any]:
    from azureml.core.webservice._waiting import v1_error

    return v1_error(error, compute_type)
