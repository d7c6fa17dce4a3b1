"""Secrets of a workspace, beside those of its services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from brygga.arguments import checked
from brygga.store.secrets import SecretStore

_OWNER = "workspace"


@checked
class WorkspaceSecrets:
    """Names and values, in a file that only its owner reads: `workspace.secrets`."""

    def __init__(self, file: Path) -> None:
        self._store = SecretStore(file)

    def all(self) -> dict[str, str]:
        """Every name with its value."""
        return dict(self._store.secrets(_OWNER))

    def set(self, secrets: Mapping[str, str]) -> None:
        """Adds secrets, or changes their values."""
        self._store.set_secrets(_OWNER, {**self.all(), **secrets})

    def remove(self, names: Iterable[str]) -> None:
        """Removes secrets; names that are not there are ignored."""
        gone = set(names)
        kept = {name: value for name, value in self.all().items() if name not in gone}
        self._store.set_secrets(_OWNER, kept)
