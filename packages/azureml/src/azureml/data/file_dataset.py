"""`FileDataset`: files of this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from azureml._support.gate import checked, refused
from azureml.data._dataset import AbstractDataset
from azureml.data.datapath import local_paths
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.exceptions import UserErrorException


class FileDataset(AbstractDataset):
    """Files by where they lie."""

    _type: ClassVar[str] = "File"

    def __init__(self, files: list[Path], names: Mapping[Path, str] | None = None) -> None:
        """Takes other names for the files than they have, where there are any."""
        super().__init__()
        self._files = [file.absolute() for file in files]
        self._names = {file.absolute(): name for file, name in (names or {}).items()}

    def to_path(self) -> list[str]:
        """Their paths below what they have in common."""
        return [f"/{place}" for place in self._places().values()]

    def download(
        self,
        target_path: str | None = None,
        overwrite: bool = False,
        ignore_not_found: bool = False,
    ) -> list[str]:
        """Copies the files into a folder; returns where they are."""
        folder, written = Path(target_path or "."), []
        for file, place in self._places().items():
            target = folder / place
            if not file.exists() and ignore_not_found:
                continue
            if target.exists() and not overwrite:
                raise UserErrorException(
                    f"File {target} already exists. To overwrite, set overwrite to True."
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            written.append(str(target.absolute()))
        return written

    @checked
    def as_mount(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """As an input of a script: a folder with links to its files."""
        return self._unnamed_input().as_mount()

    @checked
    def as_download(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """As an input of a script: a folder with copies of its files."""
        return self._unnamed_input().as_download()

    def _unnamed_input(self) -> DatasetConsumptionConfig:
        return self.as_named_input(f"input_{str(self.id).replace('-', '')[:8]}")

    @refused
    def mount(self, mount_point: str | None = None) -> None: ...

    def _places(self) -> dict[Path, str]:
        if self._names:
            return dict(self._names)
        parents = {str(file.parent) for file in self._files}
        root = os.path.commonpath(parents) if parents else ""
        return {file: file.relative_to(root).as_posix() for file in self._files}

    def _definition(self) -> dict[str, Any]:
        names = {str(file): name for file, name in self._names.items()}
        return {"files": [str(file) for file in self._files], "names": names}

    @classmethod
    def _from_definition(cls, definition: Mapping[str, Any]) -> FileDataset:
        names = {Path(file): name for file, name in definition.get("names", {}).items()}
        return cls([Path(file) for file in definition["files"]], names)


class FileDatasetFactory:
    """`Dataset.File`."""

    @staticmethod
    def from_files(
        path: Any, validate: bool = True, partition_format: str | None = None, **kwargs: Any
    ) -> FileDataset:
        """Files, folders or patterns of this machine."""
        unsupported = [*kwargs, *(["partition_format"] if partition_format else [])]
        if unsupported:
            raise UserErrorException(f"from_files does not take {', '.join(unsupported)}.")
        return FileDataset(local_paths(path))
