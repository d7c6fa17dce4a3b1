"""`AksWebservice`: a service with keys and replicas, which this machine stands in for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml._support.gate import checked
from azureml.core.webservice._aks_configuration import (
    AksServiceDeploymentConfiguration,
    changed_settings,
    check_update,
    placed,
    replicas_of,
    scaling,
)
from azureml.core.webservice._aks_endpoint import (
    AksEndpoint,
    AksEndpointDeploymentConfiguration,
)
from azureml.core.webservice._requirements import (
    AutoScaler,
    ContainerResourceRequirements,
    DataCollection,
    LivenessProbeRequirements,
    WebServiceAccessToken,
)
from azureml.core.webservice._updating import change, redeploy
from azureml.core.webservice.webservice import Webservice
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core._inference_config import InferenceConfig
    from azureml.core.image import Image
    from azureml.core.model import Model

__all__ = [
    "AksEndpoint",
    "AksEndpointDeploymentConfiguration",
    "AksServiceAccessToken",
    "AksServiceDeploymentConfiguration",
    "AksWebservice",
    "AutoScaler",
    "ContainerResourceRequirements",
    "DataCollection",
    "LivenessProbeRequirements",
]

_SIZES = {
    "num_replicas",
    "autoscale_enabled",
    "autoscale_min_replicas",
    "cpu_cores",
    "cpu_cores_limit",
    "memory_gb",
    "memory_gb_limit",
}
_SCALES = {"autoscale_max_replicas", "autoscale_target_utilization"}
_TOKEN_LIFE = timedelta(hours=24)


class AksServiceAccessToken(WebServiceAccessToken):
    """A token of a service."""


class AksWebservice(Webservice):
    """A service with replicas behind one port, with keys unless they are turned off."""

    _webservice_type = "AKS"

    def _refresh(self) -> None:
        super()._refresh()
        settings, spec = self._record.settings, self._seen.newest.spec
        self.num_replicas = settings.get("num_replicas") or None
        # Limits of processes are those of all workers together.
        count = placed(self._brygga.target, replicas_of(settings))[1] or 1
        self.container_resource_requirements = ContainerResourceRequirements(
            round(spec.cpu_cores / count, 6),
            round(spec.memory_gb / count, 6),
            settings.get("gpu_cores"),
            settings.get("cpu_cores_limit"),
            settings.get("memory_gb_limit"),
        )
        self.autoscaler = _autoscaler(settings)
        self.enable_app_insights = bool(settings.get("enable_app_insights"))
        self.scoring_timeout_ms = spec.scoring_timeout_ms
        self.max_concurrent_requests_per_container = (
            settings.get("replica_max_concurrent_requests") or 1
        )
        self.max_request_wait_time = settings.get("max_request_wait_time") or 500
        self.data_collection = DataCollection(False, bool(settings.get("collect_model_data")))
        self.liveness_probe_requirements = LivenessProbeRequirements(
            settings.get("period_seconds") or 10,
            settings.get("initial_delay_seconds") or 310,
            settings.get("timeout_seconds") or 2,
            settings.get("success_threshold") or 1,
            settings.get("failure_threshold") or 3,
        )
        self.namespace = settings.get("namespace")
        self.compute_name = settings.get("compute_target_name")
        self.deployment_status = self._seen.details or None
        self.is_default = self.traffic_percentile = self.version_type = None

    @staticmethod
    @checked
    def deploy_configuration(
        autoscale_enabled: bool | None = None,
        autoscale_min_replicas: int | None = None,
        autoscale_max_replicas: int | None = None,
        autoscale_refresh_seconds: int | None = None,
        autoscale_target_utilization: int | None = None,
        collect_model_data: bool | None = None,
        auth_enabled: bool | None = None,
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
        enable_app_insights: bool | None = None,
        scoring_timeout_ms: int | None = None,
        replica_max_concurrent_requests: int | None = None,
        max_request_wait_time: int | None = None,
        num_replicas: int | None = None,
        primary_key: str | None = None,
        secondary_key: str | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        description: str | None = None,
        gpu_cores: int | None = None,
        period_seconds: int | None = None,
        initial_delay_seconds: int | None = None,
        timeout_seconds: int | None = None,
        success_threshold: int | None = None,
        failure_threshold: int | None = None,
        namespace: str | None = None,
        token_auth_enabled: bool | None = None,
        compute_target_name: str | None = None,
        cpu_cores_limit: float | None = None,
        memory_gb_limit: float | None = None,
        blobfuse_enabled: bool | None = None,
    ) -> AksServiceDeploymentConfiguration:
        """How a service is to be deployed; 0.1 cores and 0.5 GB a replica where nothing is said."""
        return AksServiceDeploymentConfiguration(**locals())

    def run(self, input_data: Any) -> Any:
        """Sends data to it, and returns its answer."""
        return self._call(input_data)

    @checked
    def update(
        self,
        image: Image | None = None,
        autoscale_enabled: bool | None = None,
        autoscale_min_replicas: int | None = None,
        autoscale_max_replicas: int | None = None,
        autoscale_refresh_seconds: int | None = None,
        autoscale_target_utilization: int | None = None,
        collect_model_data: bool | None = None,
        auth_enabled: bool | None = None,
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
        enable_app_insights: bool | None = None,
        scoring_timeout_ms: int | None = None,
        replica_max_concurrent_requests: int | None = None,
        max_request_wait_time: int | None = None,
        num_replicas: int | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        description: str | None = None,
        models: Sequence[Model] | None = None,
        inference_config: InferenceConfig | None = None,
        gpu_cores: int | None = None,
        period_seconds: int | None = None,
        initial_delay_seconds: int | None = None,
        timeout_seconds: int | None = None,
        success_threshold: int | None = None,
        failure_threshold: int | None = None,
        namespace: str | None = None,
        token_auth_enabled: bool | None = None,
        cpu_cores_limit: float | None = None,
        memory_gb_limit: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Changes what is given; tags take the place of those there are, properties are added."""
        given = {k: v for k, v in locals().items() if k not in ("self", "kwargs") and v is not None}
        if kwargs:
            raise WebserviceException(f"update does not take {', '.join(sorted(kwargs))}.")
        if not given:
            raise WebserviceException("No parameters provided to update.")
        check_update(given)
        settings = changed_settings(self._record.settings, given)
        spec = _spec(self, given, {**self._record.settings, **settings})
        redeploy(self, image, models, inference_config, **spec)
        change(self, tags, properties, description, **settings)

    def add_tags(self, tags: Mapping[str, str]) -> None:
        """Adds tags, or changes their values."""
        self._add_tags(tags)

    def remove_tags(self, tags: Sequence[str]) -> None:
        """Removes tags."""
        self._remove_tags(tags)

    def add_properties(self, properties: Mapping[str, str]) -> None:
        """Adds properties, which stay as they are first set."""
        self._add_properties(properties)

    def get_keys(self) -> tuple[str, str]:
        """The primary and the secondary key."""
        if self.token_auth_enabled:
            raise WebserviceException(
                f"The service {self.name} was deployed with token authentication: it has no keys."
            )
        return super().get_keys()

    get_key = get_keys

    def get_token(self) -> tuple[str, datetime]:
        """A token, and when to fetch it again."""
        token = self.get_access_token()
        return token.access_token, token.refresh_after

    def get_access_token(self) -> AksServiceAccessToken:
        """A token of a service that was deployed with token authentication."""
        if not self.token_auth_enabled:
            raise WebserviceException(
                "Get token is only supported for services with token authentication: deploy it "
                "with token_auth_enabled=True."
            )
        with translated():
            key = self._brygga.get_keys().primary
        until = datetime.now(UTC) + _TOKEN_LIFE
        return AksServiceAccessToken(key, "Bearer", until - timedelta(hours=1), until)

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        scaler = self.autoscaler
        return {
            **super().serialize(),
            "appInsightsEnabled": self.enable_app_insights,
            "authEnabled": self.auth_enabled,
            "aadAuthEnabled": self.token_auth_enabled,
            "autoScaler": scaler and scaler.serialize(),
            "computeName": self.compute_name,
            "containerResourceRequirements": self.container_resource_requirements.serialize(),
            "dataCollection": self.data_collection.serialize(),
            "deploymentStatus": self.deployment_status,
            "livenessProbeRequirements": self.liveness_probe_requirements.serialize(),
            "maxConcurrentRequestsPerContainer": self.max_concurrent_requests_per_container,
            "maxQueueWaitMs": self.max_request_wait_time,
            "namespace": self.namespace,
            "numReplicas": self.num_replicas,
            "scoringTimeoutMs": self.scoring_timeout_ms,
        }


def _autoscaler(settings: Mapping[str, Any]) -> AutoScaler | None:
    enabled = settings.get("autoscale_enabled")
    if enabled is None:
        enabled = not settings.get("num_replicas")
    if not enabled:
        return None
    return AutoScaler(
        True,
        settings.get("autoscale_max_replicas") or 10,
        settings.get("autoscale_min_replicas") or 1,
        settings.get("autoscale_refresh_seconds") or 1,
        settings.get("autoscale_target_utilization") or 70,
    )


def _most(given: Mapping[str, Any], name: str, before: float) -> float:
    """The limit, where one is given; else what is asked for; else what there is."""
    return float(given.get(f"{name}_limit") or given.get(name) or before)


def _scaling(settings: Mapping[str, Any], target: str) -> dict[str, Any]:
    """The same; an autoscaler that is turned off is taken away."""
    found = scaling(settings, target)
    off = "autoscale_max" in found and found["autoscale_max"] is None
    return {"reset": ("autoscale_max", "autoscale_min", "autoscale_cpu")} if off else found


def _spec(
    service: AksWebservice, given: Mapping[str, Any], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """What of an update is for Brygga; limits are those of all replicas together."""
    spec: dict[str, Any] = {
        "scoring_timeout_ms": given.get("scoring_timeout_ms"),
        "collect_data": given.get("collect_model_data"),
    }
    if service._brygga.target != "process":
        spec["gpus"] = given.get("gpu_cores")
    if "auth_enabled" in given or "token_auth_enabled" in given:
        keys = given.get("auth_enabled", service.auth_enabled)
        spec["auth"] = bool(keys or settings.get("token_auth_enabled"))
    replicas, workers = placed(service._brygga.target, replicas_of(settings))
    resources = service.container_resource_requirements
    own = service._brygga.target in ("process", "container")
    if (_SIZES if own else _SIZES | _SCALES) & set(given):
        spec |= {
            "workers": workers,
            "num_replicas": replicas,
            "cpu_cores": _most(given, "cpu_cores", resources.cpu) * (workers or 1),
            "memory_gb": _most(given, "memory_gb", resources.memory_in_gb) * (workers or 1),
            **_scaling(settings, service._brygga.target),
        }
    return spec
