"""From what v1 passes to scripts as inputs to folders that Brygga lays out for them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml.data._dataset import AbstractDataset, as_kept, from_kept, keep_unnamed
from azureml.data.data_reference import DataReference
from azureml.data.dataset_consumption_config import DIRECT, DatasetConsumptionConfig
from azureml.data.output_dataset_config import OutputFileDatasetConfig
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from brygga.runs import InputFolder, InputPath


@dataclass(frozen=True)
class Inputs:
    """What a script is given.

    Attributes:
        arguments: With the folders of inputs by name.
        folders: By name.
        noted: The datasets among them, as a run remembers them.
    """

    arguments: tuple[str | InputPath, ...]
    folders: Mapping[str, InputFolder]
    noted: Mapping[str, Any]

    @classmethod
    def of(cls, workspace: Workspace, arguments: list[Any], others: list[Any]) -> Inputs:
        """Of a script's arguments, and of inputs that are none.

        Raises:
            UserErrorException: two inputs have one name.
        """
        given = {name: each for each in [*arguments, *others] for name in _names(each)}
        for each in [*arguments, *others]:
            for name in _names(each):
                if given[name] is not each and not _same(given[name], each):
                    raise UserErrorException(f"Two inputs have the name {name}: give each its own.")
        folders, noted = {}, {}
        for name, each in given.items():
            if isinstance(each, DatasetConsumptionConfig):
                keep_unnamed(workspace, each.dataset)
                noted[name] = {"mode": each.mode, **as_kept(each.dataset)}
            if not (isinstance(each, DatasetConsumptionConfig) and each.mode == DIRECT):
                folders[name] = _folder(workspace, each)
        passed = [_argument(workspace, each) for each in arguments]
        return cls(tuple(passed), folders, noted)


def found(name: str, noted: Mapping[str, Any]) -> Any:
    """What a script has of an input: its path, or the dataset."""
    if noted["mode"] == DIRECT:
        return from_kept(noted)
    return os.environ.get(f"AZUREML_DATAREFERENCE_{name}")


def _names(given: Any) -> Iterator[str]:
    if isinstance(given, DatasetConsumptionConfig | OutputFileDatasetConfig):
        yield given.name
    elif isinstance(given, DataReference):
        yield given.data_reference_name


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and vars(one) == vars(other)


def _argument(workspace: Workspace, given: Any) -> str | InputPath:
    from brygga.runs import InputPath

    if isinstance(given, AbstractDataset):
        keep_unnamed(workspace, given)
        return str(given.id)
    if isinstance(given, DatasetConsumptionConfig) and given.mode == DIRECT:
        return str(given.dataset.id)
    for name in _names(given):
        return InputPath(name)
    return str(given)


def _folder(workspace: Workspace, given: Any) -> InputFolder:
    from brygga.runs import InputFolder

    if isinstance(given, DatasetConsumptionConfig):
        places = {place: file for file, place in given.dataset._places().items()}
        return InputFolder(places, copied=given.mode == "download")
    if isinstance(given, DataReference):
        path, copied = given._path, given.mode == "download"
        if copied and path.is_file():
            return InputFolder({path.name: path}, copied=True)
        return InputFolder({".": path}, copied=copied)
    return InputFolder({".": Path(given._path(workspace))})
