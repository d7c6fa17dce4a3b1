"""`AksServiceDeploymentConfiguration`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from azureml.core._record import ServiceRecord
from azureml.core.webservice.webservice import WebserviceDeploymentConfiguration
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core._deploying import Translated

_CPU, _MEMORY = 0.1, 0.5
"""v1's defaults, for each replica."""
_MOST_REPLICAS, _UTILIZATION = 10, 70
_LONGEST_TIMEOUT_MS = 300_000
_POSITIVE = (
    "cpu_cores",
    "memory_gb",
    "scoring_timeout_ms",
    "replica_max_concurrent_requests",
    "num_replicas",
    "autoscale_min_replicas",
    "autoscale_max_replicas",
    "autoscale_refresh_seconds",
    "period_seconds",
    "initial_delay_seconds",
    "timeout_seconds",
    "success_threshold",
    "failure_threshold",
)
_AUTOSCALING = (
    "autoscale_min_replicas",
    "autoscale_max_replicas",
    "autoscale_refresh_seconds",
    "autoscale_target_utilization",
)


def replicas_of(settings: Mapping[str, Any]) -> int:
    """How many there are: as many as are asked for, or the fewest an autoscaler would keep."""
    return int(settings.get("num_replicas") or settings.get("autoscale_min_replicas") or 1)


def placed(target: str, count: int) -> tuple[int, int | None]:
    """How many replicas and workers: processes have no replicas, so workers stand for them."""
    return (1, count) if target == "process" else (count, None)


def scaling(settings: Mapping[str, Any], target: str) -> dict[str, Any]:
    """What an autoscaler of a declared cluster is told; the machine's own targets have none."""
    if target in ("process", "container"):
        return {}
    enabled = settings.get("autoscale_enabled")
    if enabled is None:
        enabled = not settings.get("num_replicas")
    if not enabled:
        return {"autoscale_max": None}
    return {
        "num_replicas": 1,
        "autoscale_max": settings.get("autoscale_max_replicas") or _MOST_REPLICAS,
        "autoscale_min": settings.get("autoscale_min_replicas") or 1,
        "autoscale_cpu": settings.get("autoscale_target_utilization") or _UTILIZATION,
    }


def check_update(given: Mapping[str, Any]) -> None:
    """Refuses what a configuration would refuse as well."""
    names = inspect.signature(AksServiceDeploymentConfiguration).parameters
    AksServiceDeploymentConfiguration(**{name: given.get(name) for name in names})


def changed_settings(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What an update changes of what is kept: some of it takes the place of something else."""
    settings = {name: value for name, value in given.items() if name in before}
    if given.get("num_replicas"):
        settings["autoscale_enabled"] = False
    elif given.get("autoscale_enabled"):
        settings["num_replicas"] = 0
    if given.get("auth_enabled"):
        settings["token_auth_enabled"] = False
    elif given.get("token_auth_enabled"):
        settings["auth_enabled"] = False
    return settings


class AksServiceDeploymentConfiguration(WebserviceDeploymentConfiguration):
    """What `AksWebservice.deploy_configuration` gives."""

    def __init__(
        self,
        autoscale_enabled: bool | None,
        autoscale_min_replicas: int | None,
        autoscale_max_replicas: int | None,
        autoscale_refresh_seconds: int | None,
        autoscale_target_utilization: int | None,
        collect_model_data: bool | None,
        auth_enabled: bool | None,
        cpu_cores: float | None,
        memory_gb: float | None,
        enable_app_insights: bool | None,
        scoring_timeout_ms: int | None,
        replica_max_concurrent_requests: int | None,
        max_request_wait_time: int | None,
        num_replicas: int | None,
        primary_key: str | None,
        secondary_key: str | None,
        tags: Mapping[str, str] | None,
        properties: Mapping[str, str] | None,
        description: str | None,
        gpu_cores: int | None,
        period_seconds: int | None,
        initial_delay_seconds: int | None,
        timeout_seconds: int | None,
        success_threshold: int | None,
        failure_threshold: int | None,
        namespace: str | None,
        token_auth_enabled: bool | None,
        compute_target_name: str | None,
        cpu_cores_limit: float | None,
        memory_gb_limit: float | None,
        blobfuse_enabled: bool | None = None,
    ) -> None:
        from azureml.core.webservice.aks import AksWebservice

        super().__init__(AksWebservice, description, tags, properties, primary_key, secondary_key)
        self.autoscale_enabled = autoscale_enabled
        self.autoscale_min_replicas = autoscale_min_replicas
        self.autoscale_max_replicas = autoscale_max_replicas
        self.autoscale_refresh_seconds = autoscale_refresh_seconds
        self.autoscale_target_utilization = autoscale_target_utilization
        self.collect_model_data = collect_model_data
        self.auth_enabled = auth_enabled
        self.cpu_cores = cpu_cores
        self.memory_gb = memory_gb
        self.enable_app_insights = enable_app_insights
        self.scoring_timeout_ms = scoring_timeout_ms
        self.replica_max_concurrent_requests = replica_max_concurrent_requests
        self.max_request_wait_time = max_request_wait_time
        self.num_replicas = num_replicas
        self.gpu_cores = gpu_cores
        self.period_seconds = period_seconds
        self.initial_delay_seconds = initial_delay_seconds
        self.timeout_seconds = timeout_seconds
        self.success_threshold = success_threshold
        self.failure_threshold = failure_threshold
        self.namespace = namespace
        self.token_auth_enabled = token_auth_enabled
        self.compute_target_name = compute_target_name
        self.cpu_cores_limit = cpu_cores_limit
        self.memory_gb_limit = memory_gb_limit
        self.blobfuse_enabled = blobfuse_enabled
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Refuses what cannot be deployed, each on a line of its own."""
        wrong = list(self._violations())
        if wrong:
            raise WebserviceException("\n".join(wrong))

    def _violations(self) -> Iterator[str]:
        yield from self._wrong_numbers()
        yield from self._wrong_scaling()
        if self.auth_enabled and self.token_auth_enabled:
            yield "Invalid configuration, auth_enabled and token_auth_enabled cannot both be true."
        yield from self._check_keys()

    def _wrong_numbers(self) -> Iterator[str]:
        for name in _POSITIVE:
            value = getattr(self, name)
            if value is not None and value <= 0:
                yield f"Invalid configuration, {name} must be positive."
        for name in ("gpu_cores", "max_request_wait_time"):
            value = getattr(self, name)
            if value is not None and value < 0:
                yield f"Invalid configuration, {name} must not be negative."
        if self.scoring_timeout_ms and self.scoring_timeout_ms > _LONGEST_TIMEOUT_MS:
            yield "Invalid configuration, scoring_timeout_ms must be at most 300000."
        for least_name, most_name in (
            ("cpu_cores", "cpu_cores_limit"),
            ("memory_gb", "memory_gb_limit"),
        ):
            least_value, most_value = getattr(self, least_name), getattr(self, most_name)
            if most_value is not None and most_value < (least_value or 0):
                yield f"Invalid configuration, {most_name} must not be less than {least_name}."

    def _wrong_scaling(self) -> Iterator[str]:
        if self.autoscale_enabled and self.num_replicas:
            yield (
                "Invalid configuration, autoscale enabled and num_replicas provided. Please pick "
                "one or the other."
            )
        asked = [name for name in _AUTOSCALING if getattr(self, name) is not None]
        if asked and self.autoscale_enabled is False:
            yield f"Invalid configuration, autoscale is off but {', '.join(asked)} provided."
        if asked and self.num_replicas:
            yield f"Invalid configuration, num_replicas provided but {', '.join(asked)} as well."
        least, most = self.autoscale_min_replicas, self.autoscale_max_replicas
        if least and most and least > most:
            yield (
                "Invalid configuration, autoscale_min_replicas cannot be greater than "
                "autoscale_max_replicas."
            )
        utilization = self.autoscale_target_utilization
        if utilization is not None and not 0 < utilization <= 100:
            yield "Invalid configuration, autoscale_target_utilization must be between 1 and 100."

    def print_deploy_configuration(self) -> None:
        """Prints it."""
        print("Deployment configuration: AKS")
        print(
            f"CPU requirement: {self.cpu_cores or _CPU}, Memory requirement: "
            f"{self.memory_gb or _MEMORY}GB, Number of replicas: "
            f"{self.num_replicas or 'autoscaled'}"
        )

    def _translated(self, defaults: Mapping[str, Any], target: str) -> Translated:
        from azureml.core._deploying import Translated

        count = replicas_of(vars(self))
        replicas, workers = placed(target, count)
        cpu = self.cpu_cores_limit or self.cpu_cores or defaults.get("cpu_cores") or _CPU
        memory = self.memory_gb_limit or self.memory_gb or defaults.get("memory_gb") or _MEMORY
        auth = not self.token_auth_enabled if self.auth_enabled is None else self.auth_enabled
        common = ("tags", "properties", "description", "primary_key", "secondary_key", "location")
        return Translated(
            options={
                "cpu_cores": cpu * (workers or 1),
                "memory_gb": memory * (workers or 1),
                "workers": workers,
                "num_replicas": replicas,
                "gpus": 0 if target == "process" else self.gpu_cores or 0,
                **scaling(vars(self), target),
                "scoring_timeout_ms": self.scoring_timeout_ms or 60_000,
                "tags": {k: str(v) for k, v in (self.tags or {}).items()},
                "description": self.description or "",
                "auth": bool(auth or self.token_auth_enabled),
                "keys": self._keys(),
                "collect_data": bool(self.collect_model_data),
            },
            record=ServiceRecord(
                "AKS",
                properties={k: str(v) for k, v in (self.properties or {}).items()},
                settings={
                    name: value
                    for name, value in vars(self).items()
                    if name not in common and not name.startswith("_")
                },
            ),
        )
