"""A registered model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from brygga.arguments import checked
from brygga.markup import card
from brygga.models.download import download
from brygga.names import check_pairs, check_text
from brygga.store.rows import ModelFile, ModelRow

if TYPE_CHECKING:
    from brygga.models.collection import ModelCollection

_SHOWN = 10  # files in a notebook


@checked
class Model:
    """A version of a model.

    Its content and properties never change. Tags and description are those of the moment it was
    fetched, and of what was changed through this object since.
    """

    def __init__(self, row: ModelRow, collection: ModelCollection) -> None:
        self._row = row
        self._collection = collection

    @property
    def name(self) -> str:
        """What it is registered under."""
        return self._row.name

    @property
    def version(self) -> int:
        """From 1, counted for each name."""
        return self._row.version

    @property
    def id(self) -> str:
        """`name:version`."""
        return f"{self.name}:{self.version}"

    @property
    def sha256(self) -> str:
        """Of the file's bytes; of a folder, that of the sorted JSON of its files."""
        return self._row.sha256

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return self._row.size

    @property
    def files(self) -> tuple[ModelFile, ...]:
        """Its files, by path."""
        return self._row.files

    @property
    def tags(self) -> Mapping[str, str]:
        """Names and values that may be changed."""
        return dict(self._row.tags)

    @property
    def properties(self) -> Mapping[str, str]:
        """Names and values that stay as they were first set."""
        return dict(self._row.properties)

    @property
    def description(self) -> str:
        """In its owner's own words; may be empty."""
        return self._row.description

    @property
    def framework(self) -> str | None:
        """What it was made with, as `ScikitLearn`."""
        return self._row.framework

    @property
    def framework_version(self) -> str | None:
        """Version of the framework."""
        return self._row.framework_version

    @property
    def created_at(self) -> datetime:
        """When it was registered, in UTC."""
        return self._row.created_at

    @property
    def created_by(self) -> str | None:
        """The login name of who registered it; None where it was not noted."""
        return self._row.created_by

    def download(self, target_dir: str | Path = ".", *, exist_ok: bool = False) -> Path:
        """Writes the model's file or folder into `target_dir`, under its own name.

        It appears there only when all of it is written and matches its sha256. In a folder that is
        there (with `exist_ok`) the model's files are replaced one by one; others stay.

        Returns:
            The path of the file or folder.

        Raises:
            AlreadyExistsError: it is there, and not `exist_ok`.
            CorruptError: what is kept does not match its sha256.
        """
        return download(self._row, Path(target_dir), self._collection.blobs, exist_ok=exist_ok)

    def add_tags(self, tags: Mapping[str, str]) -> None:
        """Adds tags, or changes their values."""
        rows = self._collection.rows
        now = rows.change_tags(self.name, self.version, add=check_pairs("tag", tags))
        self._row = replace(self._row, tags=now)

    def remove_tags(self, names: Iterable[str]) -> None:
        """Removes tags; those that are not there are ignored."""
        rows = self._collection.rows
        now = rows.change_tags(self.name, self.version, add={}, remove=tuple(names))
        self._row = replace(self._row, tags=now)

    def add_properties(self, properties: Mapping[str, str]) -> None:
        """Adds properties.

        Raises:
            InvalidInputError: one is there with another value.
        """
        checked = check_pairs("property", properties)
        now = self._collection.rows.add_properties(self.name, self.version, checked)
        self._row = replace(self._row, properties=now)

    def update(self, *, description: str) -> None:
        """Replaces the description."""
        check_text("The description", description)
        self._collection.rows.set_description(self.name, self.version, description)
        self._row = replace(self._row, description=description)

    def delete(self) -> None:
        """Removes this version, and its content where nothing else has the same; idempotent.

        Its number is not given to another model.

        Raises:
            InUseError: revisions of services use it.
        """
        self._collection.delete(self._row)

    def _repr_html_(self) -> str:
        framework = f"{self.framework or ''} {self.framework_version or ''}".strip()
        return card(
            f"Model {self.id}",
            {
                "size": f"{self.size:,} bytes",
                "files": [file.path for file in self.files[:_SHOWN]],
                "framework": framework,
                "tags": self.tags,
                "properties": self.properties,
                "description": self.description,
                "registered": f"{self.created_at:%Y-%m-%d %H:%M} UTC",
                "sha256": self.sha256,
            },
        )

    def __repr__(self) -> str:
        return f"Model({self.id!r}, sha256={self.sha256[:12]!r})"
