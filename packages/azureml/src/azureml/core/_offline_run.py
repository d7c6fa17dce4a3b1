"""What a script has in the place of a run where no experiment runs it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azureml._support.gate import refused
from azureml.core._logging_run import LoggingRun


class OfflineRun(LoggingRun):
    """A script that is not run by an experiment: what it logs is printed."""

    def __init__(self) -> None:
        self.id = f"OfflineRun_{uuid.uuid4()}"
        self.number = 0
        self.tags: dict[str, str] = {}
        self.properties: dict[str, str] = {}

    def _log(self, name: str, value: Any, kind: str, step: int | None = None) -> None:
        print(f"Attempted to log {kind} metric {name}:\n{value}")

    def _upload(self, name: str, file: Path) -> None:
        print(f"Attempted to upload {file} as {name}")

    def get_status(self) -> str:
        """Always `Running`."""
        return "Running"

    @refused
    def register_model(self, model_name: str, model_path: str | None = None) -> Any: ...

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Adds tags."""
        self.tags.update({key: str(value) for key, value in tags.items()})

    def add_properties(self, properties: Mapping[str, Any]) -> None:
        """Adds properties."""
        self.properties.update({key: str(value) for key, value in properties.items()})

    def get_tags(self) -> dict[str, str]:
        """Those that were added here."""
        return self.tags

    def get_properties(self) -> dict[str, str]:
        """Those that were added here."""
        return self.properties

    def complete(self, _set_status: bool = True) -> None:
        """There is nothing to end."""

    def fail(
        self, error_details: Any = None, error_code: str | None = None, _set_status: bool = True
    ) -> None:
        """There is nothing to end."""

    def flush(self, timeout_seconds: float = 300) -> None:
        """Nothing waits to be written."""
