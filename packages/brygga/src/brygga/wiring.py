"""The one place that knows every concrete part of a workspace and puts them together.

Each part is made when it is first asked for, and its module imported then. A new target is a line
in `targets`, with a function that makes it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from brygga.errors import StoreError
from brygga.settings import Settings
from brygga.workspace_folder import WorkspaceFolder

if TYPE_CHECKING:
    from brygga.models import ModelCollection
    from brygga.store.blobs import BlobStore
    from brygga.store.secrets import SecretStore
    from brygga.store.store import Store


class Wiring:
    """The parts of one workspace."""

    def __init__(self, folder: WorkspaceFolder, settings: Settings) -> None:
        self._folder = folder
        self._settings = settings

    def create_store(self) -> None:
        """Makes the store of a workspace that is being made."""
        self.__dict__["store"] = self._open_store()

    @cached_property
    def store(self) -> Store:
        """Rows."""
        if self._settings.store_url is None and not self._folder.database.exists():
            # An empty one in its place would look as if nothing had ever been registered.
            raise StoreError(
                f"The database {self._folder.database} is missing.",
                hint="Restore it from a backup, or move its folder away to begin anew.",
            )
        return self._open_store()

    @cached_property
    def blobs(self) -> BlobStore:
        """Content by digest."""
        from brygga.store.blobs import BlobStore

        return BlobStore(self._folder.blobs)

    @cached_property
    def secrets(self) -> SecretStore:
        """Keys and secrets."""
        from brygga.store.secrets import SecretStore

        return SecretStore(self._folder.secrets)

    @cached_property
    def models(self) -> ModelCollection:
        """`workspace.models`."""
        from brygga.models import ModelCollection

        return ModelCollection(self.store, self.blobs)

    def _open_store(self) -> Store:
        from brygga.store.engine import sqlite_url
        from brygga.store.store import open_store

        url = self._settings.store_url or sqlite_url(self._folder.database)
        return open_store(url, self._folder.key)
