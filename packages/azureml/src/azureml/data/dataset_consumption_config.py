"""`DatasetConsumptionConfig`: a dataset as the input of a script."""

from __future__ import annotations

import re
from typing import Any

from azureml._support.gate import checked
from azureml.exceptions import UserErrorException

DIRECT = "direct"
_MODES = (DIRECT, "mount", "download")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class DatasetConsumptionConfig:
    """A dataset under a name: itself, or a folder with its files."""

    @checked
    def __init__(
        self, name: str, dataset: Any, mode: str = DIRECT, path_on_compute: str | None = None
    ) -> None:
        if not _NAME.fullmatch(name):
            raise UserErrorException(
                f"Invalid name {name!r} for an input: it has only letters, digits and underscores, "
                "and begins with no digit."
            )
        if mode not in _MODES:
            raise UserErrorException(f"Invalid mode {mode!r}: it is one of {', '.join(_MODES)}.")
        self.name = name
        self.dataset = dataset
        self.mode = mode

    @checked
    def as_mount(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """As a folder with links to its files."""
        return self._as("mount")

    @checked
    def as_download(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """As a folder with copies of its files."""
        return self._as("download")

    def _as(self, mode: str) -> DatasetConsumptionConfig:
        if self.dataset._type != "File":
            raise UserErrorException(
                f"The input {self.name} is a {type(self.dataset).__name__}, which has rows and no "
                "files: only a FileDataset can be mounted or downloaded."
            )
        return DatasetConsumptionConfig(self.name, self.dataset, mode)
