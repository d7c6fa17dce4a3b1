"""`LocalWebservice`: a service for trying things out, beside those of the workspace."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from azureml._support.errors import translated
from azureml._support.gate import checked
from azureml.core._record import ServiceRecord, forget, record_of
from azureml.core.webservice.webservice import Webservice, WebserviceDeploymentConfiguration
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core._deploying import Translated
    from azureml.core._inference_config import InferenceConfig
    from azureml.core._recipe import Recipe
    from azureml.core.image.container import ContainerImageConfig
    from azureml.core.model import Model
    from azureml.core.workspace import Workspace

P = ParamSpec("P")
R = TypeVar("R")

_STATES = {
    "Transitioning": "deploying",
    "Healthy": "running",
    "Unhealthy": "failed",
    "Failed": "failed",
}
_MEMORY_GB = 2.0
"""v1 sets a local container no limit; Brygga always has one."""


def _in_state(
    *states: str,
) -> Callable[
    [Callable[Concatenate[LocalWebservice, P], R]], Callable[Concatenate[LocalWebservice, P], R]
]:
    def decorate(
        function: Callable[Concatenate[LocalWebservice, P], R],
    ) -> Callable[Concatenate[LocalWebservice, P], R]:
        @wraps(function)
        def call(self: LocalWebservice, *args: P.args, **kwargs: P.kwargs) -> R:
            if self.state != LocalWebservice.STATE_DELETED:
                self.update_deployment_state()
            if self.state not in states:
                raise WebserviceException(
                    f"Cannot call {function.__name__}() when service is {self.state}."
                )
            return function(self, *args, **kwargs)

        return call  # type: ignore[return-value]

    return decorate


class LocalWebservice(Webservice):
    """A service on a port of this machine, without keys."""

    _webservice_type = "Local"
    NETWORK_NAME = "azureml-local"
    STATE_DELETED = "deleted"
    STATE_DEPLOYING = "deploying"
    STATE_FAILED = "failed"
    STATE_RUNNING = "running"
    STATE_UNKNOWN = "unknown"

    _port: int | None = None
    _models: Sequence[Model | Path] = ()
    _recipe: Recipe | None = None
    _inference_config: InferenceConfig | None = None

    def __new__(cls, *args: Any, **kwargs: Any) -> LocalWebservice:
        return object.__new__(cls)

    def __init__(self, workspace: Workspace, name: str, must_exist: bool = True) -> None:
        found = workspace._brygga.services.find(name)
        record = None if found is None else record_of(workspace, found)
        if found is not None and record is not None and record.compute_type == "LOCAL":
            self._load(workspace, found, record)
            return
        if must_exist:
            raise WebserviceException(
                f"WebserviceNotFound: Local webservice with name {name} not found",
                status_code=404,
            )
        self.workspace, self.name = workspace, name
        self.state = self.STATE_UNKNOWN

    def _refresh(self) -> None:
        self._port = None
        super()._refresh()
        self.state = _STATES.get(self.state, self.STATE_UNKNOWN)
        uri = self._seen.scoring_uri
        self._port = None if uri is None else int(uri.rsplit(":", 1)[1].partition("/")[0])

    @staticmethod
    def deploy_configuration(port: int | None = None) -> LocalWebserviceDeploymentConfiguration:
        """On which port; a free one where none is given."""
        return LocalWebserviceDeploymentConfiguration(port)

    @property
    def port(self) -> int | None:
        """Its port on this machine."""
        return self._port

    @property
    def scoring_uri(self) -> str | None:
        """Where to send data to."""
        return None if self._port is None else f"http://localhost:{self._port}/score"

    @scoring_uri.setter
    def scoring_uri(self, _: str | None) -> None:
        """It follows from the port."""

    @property
    def swagger_uri(self) -> str | None:
        """Where its description is."""
        return None if self._port is None else f"http://localhost:{self._port}/swagger.json"

    @swagger_uri.setter
    def swagger_uri(self, _: str | None) -> None:
        """It follows from the port."""

    @_in_state("deploying", "running", "failed")
    def wait_for_deployment(self, show_output: bool = False) -> None:
        """Waits until it answers; raises, with the log printed, when it will not."""
        from brygga import DeploymentError
        from brygga.operations import SILENT

        if show_output:
            print("Checking container health...")
        try:
            self._brygga.wait_for_deployment(progress=SILENT)
        except DeploymentError as error:
            self.state = self.STATE_FAILED
            print("\nContainer Logs:")
            print(self._log(5000))
            raise WebserviceException(
                "Error: Container has crashed. Did your init method fail? "
                f"{error.diagnosis.sentence}"
            ) from error
        self.update_deployment_state()
        if show_output:
            print(f"Local webservice is running at http://localhost:{self._port}")

    @_in_state("deploying", "running")
    def run(self, input_data: Any) -> Any:
        """Sends data to it, and returns its answer; waits for it first."""
        if self.state == self.STATE_DEPLOYING:
            self.wait_for_deployment()
        return self._call(input_data)

    @_in_state("running", "failed")
    def reload(self, wait: bool = False) -> None:
        """Takes the script and its folder as they are now, with the same environment."""
        if self._recipe is None:
            raise WebserviceException(
                "Only the object that deployed the service knows where its script lies: deploy it "
                "again, or call update() with an inference_config."
            )
        self._deploy_again(self._models, self._recipe, self._port, wait)

    @_in_state("running", "failed")
    def update(
        self,
        models: Sequence[Model | str] | None = None,
        image_config: ContainerImageConfig | None = None,
        deployment_config: LocalWebserviceDeploymentConfiguration | None = None,
        wait: bool = False,
        inference_config: InferenceConfig | None = None,
    ) -> None:
        """Deploys it again with what is given, and otherwise what it was deployed with."""
        from azureml.core._deploying import unregistered_models
        from azureml.core._recipe import from_image_config, from_inference_config

        if image_config is not None and inference_config is not None:
            raise WebserviceException("Give image_config or inference_config, not both.")
        wanted = self._models if models is None else unregistered_models(models)
        recipe = self._recipe
        if inference_config is not None:
            recipe = from_inference_config(inference_config)
        if image_config is not None:
            recipe = from_image_config(image_config)
        if recipe is None:
            raise WebserviceException(
                "Give an inference_config: only the object that deployed "
                "the service knows its script."
            )
        port = deployment_config.port if deployment_config is not None else None
        self._deploy_again(wanted, recipe, port or self._port, wait)

    def _deploy_again(
        self, models: Sequence[Model | Path], recipe: Recipe, port: int | None, wait: bool
    ) -> None:
        from azureml.core._deploying import deploy

        configuration = LocalWebserviceDeploymentConfiguration(port)
        fresh = deploy(self.workspace, self.name, models, recipe, configuration, overwrite=True)
        self._load(self.workspace, fresh._brygga, fresh._record)
        self._models, self._recipe = models, recipe
        if wait:
            self.wait_for_deployment()

    @_in_state("deploying", "running", "failed")
    def get_logs(self, num_lines: int = 5000, raw: bool = False) -> str | bytes:
        """The last lines of its log; as bytes with `raw`."""
        text = self._log(num_lines)
        return text.encode() if raw else text

    def _log(self, num_lines: int) -> str:
        with translated():
            return "\n".join(self._brygga.logs(lines=num_lines)) + "\n"

    @_in_state("deploying", "running", "failed", "unknown")
    @checked
    def delete(
        self, delete_cache: bool = True, delete_image: bool = False, delete_volume: bool = True
    ) -> None:
        """Ends and removes it."""
        with translated():
            self._brygga.delete()
        forget(self.workspace, self.name)
        self.state = self.STATE_DELETED
        self._port = None
        print("Container has been successfully cleaned up.")

    def update_deployment_state(self, must_exist: bool = False) -> None:
        """Looks again how it fares."""
        found = self.workspace._brygga.services.find(self.name)
        if found is None:
            if must_exist:
                raise WebserviceException(f"Local webservice {self.name} does not exist.")
            self.state = self.STATE_DELETED if hasattr(self, "_brygga") else self.STATE_UNKNOWN
            return
        self._refresh()

    def deploy_to_cloud(
        self,
        name: str | None = None,
        deployment_config: WebserviceDeploymentConfiguration | None = None,
        deployment_target: Any = None,
    ) -> Webservice:
        """Deploys the same models and script as a service of the workspace."""
        from azureml.core._deploying import (
            _configuration,
            compute_of,
            deploy,
            registered_models,
        )

        if self._recipe is None:
            raise WebserviceException("Only the object that deployed the service knows its script.")
        configuration = _configuration(deployment_config, deployment_target)
        models = registered_models(self.workspace, self._models)
        compute = compute_of(self.workspace, configuration, deployment_target)
        return deploy(
            self.workspace, name or self.name, models, self._recipe, configuration, compute=compute
        )

    @staticmethod
    def list(
        workspace: Workspace,
        model_name: str | None = None,
        model_id: str | None = None,
        all: bool | None = None,
    ) -> builtins.list[Webservice]:
        """The local services; with `all` those that do not run, too."""
        found: builtins.list[Webservice] = []
        for each in workspace._brygga.services.list():
            record = record_of(workspace, each)
            if record.compute_type != "LOCAL":
                continue
            service: Webservice = Webservice._of(workspace, each, record)
            names = {i.partition(":")[0] for i in service._model_ids}
            if (
                (all or service.state in ("running", "deploying"))
                and (model_name is None or model_name in names)
                and (model_id is None or model_id in service._model_ids)
            ):
                found.append(service)
        return found

    def get_keys(self) -> tuple[str, str]:
        """As in v1: there are none."""
        raise NotImplementedError("Local webservices do not support Key Authentication.")

    get_key = get_keys

    def regen_key(self, key: str) -> None:
        """As in v1: there are none."""
        raise NotImplementedError("Local webservices do not support Key Authentication.")

    def get_token(self) -> Any:
        """As in v1: there are none."""
        raise NotImplementedError("Local webservices do not support Token Authentication.")

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {**super().serialize(), "port": self.port}

    @classmethod
    def deserialize(
        cls, workspace: Workspace, webservice_payload: Mapping[str, Any]
    ) -> LocalWebservice:
        """The service a dictionary names."""
        return LocalWebservice(workspace, webservice_payload["name"])


class LocalWebserviceDeploymentConfiguration(WebserviceDeploymentConfiguration):
    """What `LocalWebservice.deploy_configuration` gives."""

    def __init__(self, port: int | None = None) -> None:
        super().__init__(LocalWebservice)
        self.port = port
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Refuses what is no port."""
        if self.port is not None and (not isinstance(self.port, int) or self.port <= 0):
            raise WebserviceException("Invalid configuration, port must be a positive integer.")

    def print_deploy_configuration(self) -> None:
        """Prints it."""
        print("Deployment configuration: Local")
        print(f"Port: {self.port or 'a free one'}")

    def _translated(self, defaults: Mapping[str, Any], target: str) -> Translated:
        from azureml.core._deploying import Translated

        return Translated(
            options={
                "port": self.port,
                "auth": False,
                "cpu_cores": defaults.get("cpu_cores") or 1.0,
                "memory_gb": defaults.get("memory_gb") or _MEMORY_GB,
                "scoring_timeout_ms": 3_600_000,
            },
            record=ServiceRecord("LOCAL"),
        )


def deploy_image_config(
    workspace: Workspace,
    name: str,
    models: Sequence[Model | str],
    image_config: ContainerImageConfig,
    deployment_config: WebserviceDeploymentConfiguration | None,
    wait: bool,
) -> LocalWebservice:
    """`Webservice.deploy_local_from_model`."""
    from azureml.core._deploying import deploy, unregistered_models
    from azureml.core._recipe import from_image_config

    made: LocalWebservice = deploy(  # type: ignore[assignment]
        workspace,
        name,
        unregistered_models(models),
        from_image_config(image_config),
        deployment_config or LocalWebserviceDeploymentConfiguration(),
        overwrite=True,
    )
    if wait:
        made.wait_for_deployment()
    return made
