"""What datasets have in common: a definition that can be registered under a name."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from azureml.data.dataset_consumption_config import DatasetConsumptionConfig

_KIND = "azureml.dataset"
_UNNAMED = "azureml.dataset.unnamed"
"""Those that a script was given without a name of their own, by their ids."""


class AbstractDataset(ABC):
    """Data by where it lies; the files are not copied."""

    _type: ClassVar[str]

    def __init__(self) -> None:
        self.id: str | None = str(uuid.uuid4())
        self.name: str | None = None
        self.version: int | None = None
        self.description: str | None = None
        self.tags: dict[str, str] = {}

    @abstractmethod
    def _definition(self) -> dict[str, Any]:
        """All that has to be kept of it."""

    @classmethod
    @abstractmethod
    def _from_definition(cls, definition: Mapping[str, Any]) -> Any:
        """From what was kept."""

    def register(
        self,
        workspace: Workspace,
        name: str,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        create_new_version: bool = False,
    ) -> Self:
        """Keeps the definition under a name; the data stays where it is."""
        versions = _versions(workspace, name)
        if versions and not create_new_version:
            raise UserErrorException(
                f'There is already a dataset registered under name "{name}". Specify '
                '"create_new_version=True" to register the dataset as a new version.'
            )
        self.name, self.version = name, len(versions) + 1
        self.description, self.tags = description, dict(tags or {})
        workspace._brygga.documents.put(_KIND, name, {"versions": [*versions, as_kept(self)]})
        return self

    def as_named_input(self, name: str) -> DatasetConsumptionConfig:
        """As an input of a script, by that name in `run.input_datasets`."""
        from azureml.data.dataset_consumption_config import DatasetConsumptionConfig

        return DatasetConsumptionConfig(name, self)


def get_by_name(workspace: Workspace, name: str, version: int | str = "latest") -> Any:
    """A registered dataset."""
    versions = _versions(workspace, name)
    number = len(versions) if version == "latest" else int(version)
    if not 0 < number <= len(versions):
        raise UserErrorException(f'Cannot find dataset registered with name "{name}".')
    return _made(name, number, versions[number - 1])


def get_by_id(workspace: Workspace, id: str) -> Any:
    """A registered dataset by its id."""
    for document in workspace._brygga.documents.list(_KIND):
        for number, kept in enumerate(document.content["versions"], 1):
            if kept["id"] == id:
                return _made(document.name, number, kept)
    unnamed = workspace._brygga.documents.find(_UNNAMED, id)
    if unnamed is not None:
        return from_kept(unnamed.content)
    raise UserErrorException(f'Cannot find dataset with id "{id}".')


def get_all(workspace: Workspace) -> dict[str, Any]:
    """The latest version of each registered dataset, by name."""
    names = [document.name for document in workspace._brygga.documents.list(_KIND)]
    return {name: get_by_name(workspace, name) for name in names}


def _versions(workspace: Workspace, name: str) -> list[Any]:
    found = workspace._brygga.documents.find(_KIND, name)
    return [] if found is None else list(found.content["versions"])


def keep_unnamed(workspace: Workspace, dataset: AbstractDataset) -> None:
    """So that a script finds it by its id."""
    if dataset.name is None:
        workspace._brygga.documents.put(_UNNAMED, str(dataset.id), as_kept(dataset))


def as_kept(dataset: AbstractDataset) -> dict[str, Any]:
    """All that has to be kept of it, and nothing of where it is kept."""
    return {
        "id": dataset.id,
        "type": dataset._type,
        "description": dataset.description,
        "tags": dataset.tags,
        "definition": dataset._definition(),
    }


def from_kept(kept: Mapping[str, Any]) -> Any:
    """The dataset again."""
    from azureml.data import FileDataset, TabularDataset

    kinds: dict[str, type[AbstractDataset]] = {"Tabular": TabularDataset, "File": FileDataset}
    made = kinds[kept["type"]]._from_definition(kept["definition"])
    made.id, made.description, made.tags = kept["id"], kept["description"], dict(kept["tags"])
    return made


def _made(name: str, number: int, kept: Mapping[str, Any]) -> Any:
    made = from_kept(kept)
    made.name, made.version = name, number
    return made
