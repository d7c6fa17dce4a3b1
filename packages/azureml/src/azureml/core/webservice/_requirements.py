"""Small values of a service's configuration, as v1 shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from azureml.exceptions import WebserviceException


def _require(kind: str, payload: Mapping[str, Any], keys: Sequence[str]) -> None:
    missing = [key for key in keys if key not in payload]
    if missing:
        raise WebserviceException(f"Invalid payload for {kind}, missing {missing}: {payload}")


class ContainerResourceRequirements:
    """Cores and memory."""

    _expected_payload_keys: tuple[str, ...] = (
        "cpu",
        "cpuLimit",
        "memoryInGB",
        "memoryInGBLimit",
        "gpu",
    )

    def __init__(
        self,
        cpu: float,
        memory_in_gb: float,
        gpu: int | None = None,
        cpu_limit: float | None = None,
        memory_in_gb_limit: float | None = None,
    ) -> None:
        self.cpu = cpu
        self.cpu_limit = cpu_limit
        self.memory_in_gb = memory_in_gb
        self.memory_in_gb_limit = memory_in_gb_limit
        self.gpu = gpu

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "cpu": self.cpu,
            "cpuLimit": self.cpu_limit,
            "memoryInGB": self.memory_in_gb,
            "memoryInGBLimit": self.memory_in_gb_limit,
            "gpu": self.gpu,
        }

    @staticmethod
    def deserialize(payload_obj: Mapping[str, Any]) -> ContainerResourceRequirements | None:
        """From a dictionary."""
        if payload_obj is None:
            return None
        kind = ContainerResourceRequirements
        _require(kind.__name__, payload_obj, kind._expected_payload_keys)
        return kind(
            payload_obj["cpu"],
            payload_obj["memoryInGB"],
            payload_obj["gpu"],
            payload_obj["cpuLimit"],
            payload_obj["memoryInGBLimit"],
        )


class LivenessProbeRequirements:
    """How an AKS cluster would look whether a replica lives."""

    _expected_payload_keys = (
        "periodSeconds",
        "initialDelaySeconds",
        "timeoutSeconds",
        "failureThreshold",
        "successThreshold",
    )

    def __init__(
        self,
        period_seconds: int,
        initial_delay_seconds: int,
        timeout_seconds: int,
        success_threshold: int,
        failure_threshold: int,
    ) -> None:
        self.period_seconds = period_seconds
        self.initial_delay_seconds = initial_delay_seconds
        self.timeout_seconds = timeout_seconds
        self.success_threshold = success_threshold
        self.failure_threshold = failure_threshold

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "periodSeconds": self.period_seconds,
            "initialDelaySeconds": self.initial_delay_seconds,
            "timeoutSeconds": self.timeout_seconds,
            "failureThreshold": self.failure_threshold,
            "successThreshold": self.success_threshold,
        }

    @staticmethod
    def deserialize(payload_obj: Mapping[str, Any]) -> LivenessProbeRequirements | None:
        """From a dictionary."""
        if payload_obj is None:
            return None
        kind = LivenessProbeRequirements
        _require(kind.__name__, payload_obj, kind._expected_payload_keys)
        return kind(
            payload_obj["periodSeconds"],
            payload_obj["initialDelaySeconds"],
            payload_obj["timeoutSeconds"],
            payload_obj["successThreshold"],
            payload_obj["failureThreshold"],
        )


class AutoScaler:
    """How an AKS cluster would add and remove replicas."""

    _expected_payload_keys = (
        "autoscaleEnabled",
        "maxReplicas",
        "minReplicas",
        "refreshPeriodInSeconds",
        "targetUtilization",
    )

    def __init__(
        self,
        autoscale_enabled: bool,
        max_replicas: int,
        min_replicas: int,
        refresh_period_seconds: int,
        target_utilization: int,
    ) -> None:
        self.autoscale_enabled = autoscale_enabled
        self.max_replicas = max_replicas
        self.min_replicas = min_replicas
        self.refresh_period_seconds = refresh_period_seconds
        self.target_utilization = target_utilization

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "autoscaleEnabled": self.autoscale_enabled,
            "minReplicas": self.min_replicas,
            "maxReplicas": self.max_replicas,
            "refreshPeriodInSeconds": self.refresh_period_seconds,
            "targetUtilization": self.target_utilization,
        }

    @staticmethod
    def deserialize(payload_obj: Mapping[str, Any]) -> AutoScaler | None:
        """From a dictionary."""
        if payload_obj is None:
            return None
        _require(AutoScaler.__name__, payload_obj, AutoScaler._expected_payload_keys)
        return AutoScaler(
            payload_obj["autoscaleEnabled"],
            payload_obj["maxReplicas"],
            payload_obj["minReplicas"],
            payload_obj["refreshPeriodInSeconds"],
            payload_obj["targetUtilization"],
        )


class DataCollection:
    """What is collected of requests and answers."""

    _expected_payload_keys = ("eventHubEnabled", "storageEnabled")

    def __init__(self, event_hub_enabled: bool, storage_enabled: bool) -> None:
        self.event_hub_enabled = event_hub_enabled
        self.storage_enabled = storage_enabled

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {"eventHubEnabled": self.event_hub_enabled, "storageEnabled": self.storage_enabled}

    @staticmethod
    def deserialize(payload_obj: Mapping[str, Any]) -> DataCollection | None:
        """From a dictionary."""
        if payload_obj is None:
            return None
        _require(DataCollection.__name__, payload_obj, DataCollection._expected_payload_keys)
        return DataCollection(payload_obj["eventHubEnabled"], payload_obj["storageEnabled"])


class WebServiceAccessToken:
    """A token, and when to fetch the next one."""

    _expected_payload_keys = ("accessToken", "refreshAfter", "expiryOn", "tokenType")

    def __init__(
        self, access_token: str, token_type: str, refresh_after: Any, expiry_on: Any
    ) -> None:
        self.access_token = access_token
        self.token_type = token_type
        self.refresh_after = refresh_after
        self.expiry_on = expiry_on

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "accessToken": self.access_token,
            "tokenType": self.token_type,
            "refreshAfter": str(self.refresh_after),
            "expiryOn": str(self.expiry_on),
        }

    @classmethod
    def _read(cls, payload: Mapping[str, Any]) -> Any:
        _require(cls.__name__, payload, cls._expected_payload_keys)
        return cls(
            payload["accessToken"],
            payload["tokenType"],
            payload["refreshAfter"],
            payload["expiryOn"],
        )

    @staticmethod
    def deserialize(payload_obj: Mapping[str, Any]) -> WebServiceAccessToken:
        """From a dictionary."""
        read: WebServiceAccessToken = WebServiceAccessToken._read(payload_obj)
        return read
