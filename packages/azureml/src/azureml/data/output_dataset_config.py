"""`OutputFileDatasetConfig`: a folder that a script writes to, and what becomes of it."""

from __future__ import annotations

import copy
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class OutputFileDatasetConfig:
    """A folder below a datastore; made where it is not there."""

    def __init__(
        self,
        name: str | None = None,
        destination: Any = None,
        source: Any = None,
        partition_format: str | None = None,
    ) -> None:
        if source is not None or partition_format is not None:
            raise UserErrorException(
                "OutputFileDatasetConfig takes a name and a destination: the script is given the "
                "folder, and writes its files there."
            )
        self.name = name or f"output_{uuid.uuid4().hex[:8]}"
        self.destination = destination
        self._place = f"dataset/{uuid.uuid4()}"
        self._reads = False
        self._producer: Any = None

    def as_upload(self, overwrite: bool = False, source_globs: Any = None) -> Any:
        """The same: a script writes to the folder itself."""
        return self

    def as_mount(self, disable_metadata_cache: bool = False) -> Any:
        """The same: a script writes to the folder itself."""
        return self

    def as_input(self, name: str | None = None) -> OutputFileDatasetConfig:
        """The folder as the input of a later step, with what is in it then."""
        made = copy.copy(self)
        made.name = name or self.name
        made._reads = True
        return made

    def _path(self, workspace: Workspace) -> Path:
        from azureml.core.datastore import Datastore

        datastore, place = self.destination or (Datastore(workspace), self._place)
        return Path(datastore._folder, place)
