"""`Keyvault`: secrets of the workspace, in a file that only its owner reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_TYPES = "azureml.keyvault.types"


class Keyvault:
    """Names and values."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def set_secret(self, name: str, value: str, content_type: Any = "not_provided") -> None:
        """Keeps a secret."""
        self.set_secrets({name: value})
        kind = getattr(content_type, "value", content_type)
        self.workspace._brygga.documents.put(_TYPES, name, {"type": str(kind)})

    def set_secrets(self, secrets_batch: Mapping[str, str]) -> None:
        """Keeps several."""
        with translated(UserErrorException):
            vault = self.workspace._brygga.secrets
            vault.set({name: str(value) for name, value in secrets_batch.items()})

    def get_secret(self, name: str) -> str | None:
        """A secret; None where there is none."""
        return self.get_secrets([name])[name]

    def get_secrets(self, secrets: Sequence[str]) -> dict[str, str | None]:
        """Several; None where there is none."""
        with translated(UserErrorException):
            kept = self.workspace._brygga.secrets.all()
        return {name: kept.get(name) for name in secrets}

    def get_secret_content_type(self, name: str) -> str | None:
        """What was said of it."""
        found = self.workspace._brygga.documents.find(_TYPES, name)
        return None if found is None else str(found.content["type"])

    def delete_secret(self, name: str) -> None:
        """Removes a secret."""
        self.delete_secrets([name])

    def delete_secrets(self, secrets: Sequence[str]) -> None:
        """Removes several."""
        with translated(UserErrorException):
            self.workspace._brygga.secrets.remove(secrets)

    def list_secrets(self) -> list[dict[str, str]]:
        """Their names."""
        return [{"name": name} for name in sorted(self.workspace._brygga.secrets.all())]
