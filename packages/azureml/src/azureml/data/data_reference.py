"""`DataReference`: a place in a datastore as the input of a script."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from azureml._support.gate import checked
from azureml.data.datapath import DataPath
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.datastore import Datastore
    from azureml.core.runconfig import DataReferenceConfiguration

_MODES = ("mount", "download", "upload")


class DataReference(DataPath):
    """A file or folder of a datastore; a script is given its path on this machine."""

    @checked
    def __init__(
        self,
        datastore: Datastore,
        data_reference_name: str | None = None,
        path_on_datastore: str | None = None,
        mode: str = "mount",
        path_on_compute: str | None = None,
        overwrite: bool = False,
    ) -> None:
        if mode not in _MODES:
            raise UserErrorException(f"Invalid mode {mode!r}: it is one of {', '.join(_MODES)}.")
        super().__init__(datastore, path_on_datastore or ".", data_reference_name)
        # As in v1: of all of a datastore its name, else one that no other has.
        own = datastore.name if path_on_datastore in (None, ".") else uuid.uuid4().hex
        self.data_reference_name = data_reference_name or own
        self.mode = mode

    def path(
        self, path: str | None = None, data_reference_name: str | None = None
    ) -> DataReference:
        """A place below it."""
        place = f"{self.path_on_datastore}/{path}" if path else self.path_on_datastore
        return DataReference(
            self.datastore, data_reference_name or self.data_reference_name, place, self.mode
        )

    def as_mount(self) -> DataReference:
        """The place itself."""
        return self._as("mount")

    @checked
    def as_download(
        self, path_on_compute: str | None = None, overwrite: bool = False
    ) -> DataReference:
        """A copy of it."""
        return self._as("download")

    @checked
    def as_upload(
        self, path_on_compute: str | None = None, overwrite: bool = False
    ) -> DataReference:
        """The place itself, which a script writes to."""
        return self._as("upload")

    def to_config(self) -> DataReferenceConfiguration:
        """As `RunConfiguration.data_references` has it."""
        from azureml.core.runconfig import DataReferenceConfiguration

        return DataReferenceConfiguration(self.datastore.name, self.mode, self.path_on_datastore)

    def _as(self, mode: str) -> DataReference:
        return DataReference(self.datastore, self.data_reference_name, self.path_on_datastore, mode)

    def __str__(self) -> str:
        return f"$AZUREML_DATAREFERENCE_{self.data_reference_name}"

    def __repr__(self) -> str:
        return (
            f"DataReference(datastore={self.datastore.name!r}, "
            f"name={self.data_reference_name!r}, path={self.path_on_datastore!r}, "
            f"mode={self.mode!r})"
        )

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, DataReference) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))
