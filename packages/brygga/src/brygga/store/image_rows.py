"""Rows of registered images."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from brygga.error_codes import ErrorCode
from brygga.errors import InUseError, InvalidInputError, NotFoundError
from brygga.store.database import Database
from brygga.store.model_rows import require_model
from brygga.store.rows import ImageFields, ImageRow
from brygga.store.tables import image_models, images, revisions


class ImageRows:
    """Registered versions of images."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, fields: ImageFields) -> ImageRow:
        """Registers an image as the next version of its name.

        A version is never given twice, also not after it was deleted.

        Raises:
            NotFoundError: a model in it is not registered (any more).
        """
        made = self._database.signature()
        workspace = {"workspace_id": self._database.workspace_id}
        with self._database.writing() as connection:
            version = self._database.next_number(connection, "image", fields.name)
            values = {k: v for k, v in vars(fields).items() if k != "models"}
            connection.execute(
                sa.insert(images).values(**workspace, **values, version=version, **made)
            )
            for position, (model, model_version) in enumerate(fields.models):
                require_model(connection, self._database, model, model_version)
                connection.execute(
                    sa.insert(image_models).values(
                        **workspace,
                        image=fields.name,
                        image_version=version,
                        position=position,
                        model=model,
                        version=model_version,
                    )
                )
        return ImageRow(**vars(fields), version=version, **made)

    def find(self, name: str, version: int | None = None) -> ImageRow | None:
        """A version of an image, the latest where none is given; None where there is none."""
        condition = images.c.name == name
        if version is not None:
            condition &= images.c.version == version
        found = self._select(condition)
        return found[-1] if found else None

    def list(self, name: str | None = None) -> builtins.list[ImageRow]:
        """All versions, or those of a name, by name and version."""
        return self._select(sa.true() if name is None else images.c.name == name)

    def set_tags(self, name: str, version: int, tags: Mapping[str, str]) -> None:
        """Replaces all tags."""
        with self._database.writing() as connection:
            changed = connection.execute(
                sa.update(images).where(self._is(name, version)).values(tags=dict(tags))
            )
            if not changed.rowcount:
                raise NotFoundError("image", f"{name}:{version}", hint="It was deleted meanwhile.")

    def add_properties(
        self, name: str, version: int, properties: Mapping[str, str]
    ) -> dict[str, str]:
        """Adds properties; returns all that there are then.

        Raises:
            InvalidInputError: one of them is set already, to another value.
        """
        where = self._is(name, version)
        with self._database.writing() as connection:
            query = sa.select(images.c.properties).where(where).with_for_update()
            present = connection.scalar(query)
            if present is None:
                raise NotFoundError("image", f"{name}:{version}", hint="It was deleted meanwhile.")
            for key, value in properties.items():
                if present.get(key, value) != value:
                    raise InvalidInputError(
                        f"The property {key!r} of the image '{name}:{version}' is "
                        f"{present[key]!r} already and cannot become {value!r}.",
                        code=ErrorCode.PROPERTY_FIXED,
                        hint="Properties stay as they were first set; use a tag for what changes.",
                    )
            merged = {**present, **properties}
            connection.execute(sa.update(images).where(where).values(properties=merged))
        return merged

    def delete(self, name: str, version: int) -> None:
        """Removes a version; idempotent.

        Raises:
            InUseError: kept revisions of services run the same bundle.
        """
        with self._database.writing() as connection:
            digest = connection.scalar(
                sa.select(images.c.bundle_digest).where(self._is(name, version)).with_for_update()
            )
            query = sa.select(revisions.c.service, revisions.c.number).where(
                self._database.mine(revisions), revisions.c.bundle_digest == digest
            )
            users = sorted(tuple(row) for row in connection.execute(query))
            if users:
                named = [f"{service} revision {number}" for service, number in users]
                raise InUseError("image", f"{name}:{version}", named)
            connection.execute(sa.delete(images).where(self._is(name, version)))

    def _is(self, name: str, version: int) -> sa.ColumnElement[bool]:
        mine = self._database.mine(images)
        return sa.and_(mine, images.c.name == name, images.c.version == version)

    def _select(self, condition: sa.ColumnElement[bool]) -> builtins.list[ImageRow]:
        where = sa.and_(self._database.mine(images), condition)
        same = sa.and_(
            image_models.c.workspace_id == images.c.workspace_id,
            image_models.c.image == images.c.name,
            image_models.c.image_version == images.c.version,
        )
        used: dict[tuple[str, int], list[tuple[str, int]]] = {}
        query = sa.select(image_models).join(images, same).where(where)
        with self._database.reading() as connection:
            for row in connection.execute(query.order_by(image_models.c.position)).mappings():
                key = (row["image"], row["image_version"])
                used.setdefault(key, []).append((row["model"], row["version"]))
            rows = [
                ImageRow(**_columns(row), models=tuple(used.get((row["name"], row["version"]), ())))
                for row in connection.execute(sa.select(images).where(where)).mappings()
            ]
        return sorted(rows, key=lambda r: (r.name, r.version))


def _columns(row: sa.RowMapping) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k != "workspace_id"}
