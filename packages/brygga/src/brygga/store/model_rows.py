"""Rows of registered models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from brygga.error_codes import ErrorCode
from brygga.errors import InUseError, InvalidInputError, NotFoundError
from brygga.store.database import Database, upsert
from brygga.store.rows import ModelFields, ModelFile, ModelRow
from brygga.store.tables import (
    image_models,
    model_files,
    model_properties,
    model_tags,
    models,
    revision_models,
)


class ModelRows:
    """Registered versions of models."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, fields: ModelFields) -> ModelRow:
        """Registers a model as the next version of its name.

        A version is never given twice, also not after it was deleted.
        """
        made = self._database.signature()
        with self._database.writing() as connection:
            version = self._database.next_number(connection, "model", fields.name)
            key = self._key(fields.name, version)
            connection.execute(
                sa.insert(models).values(
                    **key,
                    sha256=fields.sha256,
                    size=fields.size,
                    description=fields.description,
                    framework=fields.framework,
                    framework_version=fields.framework_version,
                    **made,
                )
            )
            _insert(connection, model_files, [{**key, **vars(f)} for f in fields.files])
            _insert(connection, model_tags, _pairs(key, fields.tags))
            _insert(connection, model_properties, _pairs(key, fields.properties))
        return ModelRow(**vars(fields), version=version, **made)

    def find(self, name: str, version: int | None = None) -> ModelRow | None:
        """A version of a model, the latest where none is given; None where there is none."""
        condition = models.c.name == name
        condition &= _is_latest() if version is None else models.c.version == version
        with self._database.reading() as connection:
            rows = _select(connection, self._database, condition)
        return rows[0] if rows else None

    def list(
        self,
        name: str | None = None,
        tags: Iterable[str] = (),
        properties: Iterable[str] = (),
        framework: str | None = None,
        latest: bool = False,
    ) -> list[ModelRow]:
        """The versions that fit all filters, by name and version.

        Args:
            tags: Each is `key`, or `key=value`. So too `properties`.
            latest: Only the latest version of each name, where that fits.
        """
        conditions = [
            *(_has(model_tags, tag) for tag in tags),
            *(_has(model_properties, item) for item in properties),
        ]
        if name is not None:
            conditions.append(models.c.name == name)
        if framework is not None:
            conditions.append(models.c.framework == framework)
        if latest:
            conditions.append(_is_latest())
        with self._database.reading() as connection:
            return _select(connection, self._database, sa.and_(sa.true(), *conditions))

    def versions(self, name: str) -> tuple[int, ...]:
        """The versions there are of a name, ascending."""
        query = sa.select(models.c.version).where(
            self._database.mine(models), models.c.name == name
        )
        with self._database.reading() as connection:
            return tuple(sorted(connection.scalars(query)))

    def names(self) -> tuple[str, ...]:
        """The names of which there are versions, sorted."""
        query = sa.select(models.c.name).where(self._database.mine(models)).distinct()
        with self._database.reading() as connection:
            return tuple(sorted(connection.scalars(query)))

    def set_tags(self, name: str, version: int, tags: Mapping[str, str]) -> None:
        """Replaces all tags."""
        key = self._key(name, version)
        with self._database.writing() as connection:
            self._require(connection, name, version)
            connection.execute(sa.delete(model_tags).where(_matches(model_tags, key)))
            _insert(connection, model_tags, _pairs(key, tags))

    def change_tags(
        self, name: str, version: int, add: Mapping[str, str], remove: Iterable[str] = ()
    ) -> dict[str, str]:
        """Removes tags and adds or changes others; returns all that there are then."""
        key = self._key(name, version)
        with self._database.writing() as connection:
            self._require(connection, name, version)
            connection.execute(
                sa.delete(model_tags).where(
                    _matches(model_tags, key), model_tags.c.key.in_(list(remove))
                )
            )
            for pair in _pairs(key, add):
                connection.execute(upsert(connection, model_tags, pair, {"value": pair["value"]}))
            return _read_pairs(connection, model_tags, key)

    def add_properties(
        self, name: str, version: int, properties: Mapping[str, str]
    ) -> dict[str, str]:
        """Adds properties; returns all that there are then.

        Raises:
            InvalidInputError: one of them is set already, to another value.
        """
        key = self._key(name, version)
        with self._database.writing() as connection:
            self._require(connection, name, version)
            present = _read_pairs(connection, model_properties, key)
            for item, value in properties.items():
                if present.get(item, value) != value:
                    raise InvalidInputError(
                        f"The property {item!r} of the model '{name}:{version}' is "
                        f"{present[item]!r} already and cannot become {value!r}.",
                        code=ErrorCode.PROPERTY_FIXED,
                        hint="Properties stay as they were first set; use a tag for what changes.",
                    )
            new = {k: v for k, v in properties.items() if k not in present}
            _insert(connection, model_properties, _pairs(key, new))
            return {**present, **new}

    def set_description(self, name: str, version: int, description: str) -> None:
        """Replaces the description."""
        key = self._key(name, version)
        with self._database.writing() as connection:
            self._require(connection, name, version)
            connection.execute(
                sa.update(models).where(_matches(models, key)).values(description=description)
            )

    def delete(self, name: str, version: int) -> None:
        """Removes a version; idempotent.

        Raises:
            InUseError: revisions of services use it.
        """
        key = self._key(name, version)

        def deleted(connection: sa.Connection) -> None:
            # Locks the row on PostgreSQL, so that no revision can come to use it meanwhile.
            connection.execute(
                sa.select(models.c.version).where(_matches(models, key)).with_for_update()
            )
            users = users_of(connection, self._database, name, version)
            if users:
                raise InUseError("model", f"{name}:{version}", users)
            connection.execute(sa.delete(models).where(_matches(models, key)))

        self._database.freeing(deleted)

    def _key(self, name: str, version: int) -> dict[str, Any]:
        return {
            "workspace_id": self._database.workspace_id,
            "name": name,
            "version": version,
        }

    def _require(self, connection: sa.Connection, name: str, version: int) -> None:
        query = sa.select(models.c.version).where(_matches(models, self._key(name, version)))
        if connection.scalar(query.with_for_update()) is None:
            raise NotFoundError("model", f"{name}:{version}", hint="It was deleted meanwhile.")


def require_model(connection: sa.Connection, database: Database, name: str, version: int) -> None:
    """Makes sure, to the end of the transaction, that a model is there.

    Raises:
        NotFoundError: it is not.
    """
    query = sa.select(models.c.version).where(
        database.mine(models), models.c.name == name, models.c.version == version
    )
    if connection.scalar(query.with_for_update(key_share=True, read=True)) is None:
        raise NotFoundError("model", f"{name}:{version}", hint="It was deleted meanwhile.")


def users_of(connection: sa.Connection, database: Database, name: str, version: int) -> list[str]:
    """What uses a model: revisions as `service revision 3`, images as `image name:3`."""
    revision, image = revision_models.c, image_models.c
    by_revision = sa.select(revision.service, revision.number).where(
        database.mine(revision_models), revision.model == name, revision.version == version
    )
    by_image = sa.select(image.image, image.image_version).where(
        database.mine(image_models), image.model == name, image.version == version
    )
    found = {
        pattern: sorted({tuple(row) for row in connection.execute(query)})
        for pattern, query in (("{} revision {}", by_revision), ("image {}:{}", by_image))
    }
    return [pattern.format(*user) for pattern, users in found.items() for user in users]


def _select(
    connection: sa.Connection, database: Database, condition: sa.ColumnElement[bool]
) -> list[ModelRow]:
    where = sa.and_(database.mine(models), condition)
    files, tags, properties = (
        _by_version(connection, table, where)
        for table in (model_files, model_tags, model_properties)
    )
    rows = []
    for row in connection.execute(sa.select(models).where(where)).mappings():
        key = (row["name"], row["version"])
        rows.append(
            ModelRow(
                **{k: v for k, v in row.items() if k != "workspace_id"},
                files=tuple(
                    ModelFile(f["path"], f["sha256"], f["size"], f["executable"])
                    for f in files.get(key, ())
                ),
                tags={t["key"]: t["value"] for t in tags.get(key, ())},
                properties={p["key"]: p["value"] for p in properties.get(key, ())},
            )
        )
    return sorted(rows, key=lambda r: (r.name, r.version))


def _is_latest() -> sa.ColumnElement[bool]:
    newer = models.alias()
    query = sa.select(newer.c.version).where(
        newer.c.workspace_id == models.c.workspace_id,
        newer.c.name == models.c.name,
        newer.c.version > models.c.version,
    )
    return ~query.correlate(models).exists()


def _has(table: sa.Table, wanted: str) -> sa.ColumnElement[bool]:
    # An alias, because the query around it may read the same table.
    items = table.alias()
    key, separator, value = wanted.partition("=")
    query = sa.select(items.c.key).where(_same_version(items), items.c.key == key)
    if separator:
        query = query.where(items.c.value == value)
    return query.correlate(models).exists()


def _same_version(table: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.workspace_id == models.c.workspace_id,
        table.c.name == models.c.name,
        table.c.version == models.c.version,
    )


def _by_version(
    connection: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool]
) -> dict[tuple[str, int], list[sa.RowMapping]]:
    found: dict[tuple[str, int], list[sa.RowMapping]] = {}
    query = sa.select(table).join(models, _same_version(table)).where(where)
    for row in connection.execute(query.order_by(*table.primary_key)).mappings():
        found.setdefault((row["name"], row["version"]), []).append(row)
    return found


def _matches(table: sa.Table, key: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.c[column] == value for column, value in key.items()))


def _pairs(key: Mapping[str, Any], items: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{**key, "key": k, "value": v} for k, v in items.items()]


def _read_pairs(
    connection: sa.Connection, table: sa.Table, key: Mapping[str, Any]
) -> dict[str, str]:
    query = sa.select(table.c.key, table.c.value).where(_matches(table, key))
    return dict(sorted((k, v) for k, v in connection.execute(query)))


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(table), rows)
