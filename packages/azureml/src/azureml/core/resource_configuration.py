"""`ResourceConfiguration`: what a model asks for when it is deployed without a script."""

from __future__ import annotations

from typing import Any

from azureml.exceptions import WebserviceException


class ResourceConfiguration:
    """Cores and memory."""

    _expected_payload_keys = ("cpu", "memoryInGB", "gpu")

    def __init__(
        self, cpu: float | None = None, memory_in_gb: float | None = None, gpu: int | None = None
    ) -> None:
        self.cpu = cpu
        self.memory_in_gb = memory_in_gb
        self.gpu = gpu

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {"cpu": self.cpu, "memoryInGB": self.memory_in_gb, "gpu": self.gpu}

    @staticmethod
    def deserialize(payload_obj: dict[str, Any]) -> ResourceConfiguration | None:
        """From a dictionary."""
        if payload_obj is None:
            return None
        missing = [k for k in ResourceConfiguration._expected_payload_keys if k not in payload_obj]
        if missing:
            raise WebserviceException(
                f"Invalid payload for ResourceConfiguration, missing {missing}: {payload_obj}"
            )
        return ResourceConfiguration(
            payload_obj["cpu"], payload_obj["memoryInGB"], payload_obj["gpu"]
        )
