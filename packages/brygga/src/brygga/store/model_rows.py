"""Rows of registered models."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from typing import Any

from brygga.error_codes import ErrorCode
from brygga.errors import InUseError, InvalidInputError, NotFoundError
from brygga.store.database import Database
from brygga.store.rows import ModelFields, ModelFile, ModelRow
from brygga.store.sql import Table, equal, replaced, select
from brygga.store.tables import model_files, model_properties, model_tags, models
from brygga.store.transaction import Transaction

_NO_NEWER = """NOT EXISTS (
    SELECT 1 FROM models AS newer
    WHERE newer.workspace_id = models.workspace_id AND newer.name = models.name
        AND newer.version > models.version)"""


class ModelRows:
    """Registered versions of models."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, fields: ModelFields) -> ModelRow:
        """Registers a model as the next version of its name.

        A version is never given twice, also not after it was deleted.
        """
        made = self._database.signature()
        with self._database.writing() as transaction:
            version = self._database.next_number(transaction, "model", fields.name)
            key = self._database.mine(name=fields.name, version=version)
            apart = ("name", "files", "tags", "properties")
            plain = {k: v for k, v in vars(fields).items() if k not in apart}
            transaction.insert(models, {**key, **plain, **made})
            transaction.insert(model_files, *({**key, **vars(f)} for f in fields.files))
            transaction.insert(model_tags, *_pairs(key, fields.tags))
            transaction.insert(model_properties, *_pairs(key, fields.properties))
        return ModelRow(**vars(fields), version=version, **made)

    def find(self, name: str, version: int | None = None) -> ModelRow | None:
        """A version of a model, the latest where none is given; None where there is none."""
        which = _NO_NEWER if version is None else "models.version = :version"
        rows = self._select(f"models.name = :name AND {which}", {"name": name, "version": version})
        return rows[0] if rows else None

    def list(
        self,
        name: str | None = None,
        tags: Iterable[str] = (),
        properties: Iterable[str] = (),
        framework: str | None = None,
        latest: bool = False,
    ) -> builtins.list[ModelRow]:
        """The versions that fit all filters, by name and version.

        Args:
            tags: Each is `key`, or `key=value`. So too `properties`.
            latest: Only the latest version of each name, where that fits.
        """
        conditions, values = [_NO_NEWER] if latest else [], {}
        wanted = [(model_tags, tag) for tag in tags]
        wanted += [(model_properties, item) for item in properties]
        for number, (table, item) in enumerate(wanted):
            condition, its_values = _has(table, item, f"wanted_{number}")
            conditions.append(condition)
            values.update(its_values)
        for column, value in (("name", name), ("framework", framework)):
            if value is not None:
                conditions.append(f"models.{column} = :{column}")
                values[column] = value
        return self._select(" AND ".join(conditions), values)

    def versions(self, name: str) -> tuple[int, ...]:
        """The versions there are of a name, ascending."""
        where = self._database.mine(name=name)
        with self._database.reading() as transaction:
            query = f"SELECT version FROM models WHERE {equal(where)}"
            return tuple(sorted(transaction.column(query, where)))

    def names(self) -> tuple[str, ...]:
        """The names of which there are versions, sorted."""
        where = self._database.mine()
        with self._database.reading() as transaction:
            query = f"SELECT DISTINCT name FROM models WHERE {equal(where)}"
            return tuple(sorted(transaction.column(query, where)))

    def set_tags(self, name: str, version: int, tags: Mapping[str, str]) -> None:
        """Replaces all tags."""
        key = self._database.mine(name=name, version=version)
        with self._database.writing() as transaction:
            _require(transaction, key)
            transaction.delete(model_tags, key)
            transaction.insert(model_tags, *_pairs(key, tags))

    def change_tags(
        self, name: str, version: int, add: Mapping[str, str], remove: Iterable[str] = ()
    ) -> dict[str, str]:
        """Removes tags and adds or changes others; returns all that there are then."""
        key = self._database.mine(name=name, version=version)
        with self._database.writing() as transaction:
            _require(transaction, key)
            for tag in remove:
                transaction.delete(model_tags, {**key, "key": tag})
            for pair in _pairs(key, add):
                transaction.upsert(model_tags, pair, replaced(["value"]))
            return _read_pairs(transaction, model_tags, key)

    def add_properties(
        self, name: str, version: int, properties: Mapping[str, str]
    ) -> dict[str, str]:
        """Adds properties; returns all that there are then.

        Raises:
            InvalidInputError: one of them is set already, to another value.
        """
        key = self._database.mine(name=name, version=version)
        with self._database.writing() as transaction:
            _require(transaction, key)
            present = _read_pairs(transaction, model_properties, key)
            for item, value in properties.items():
                if present.get(item, value) != value:
                    raise InvalidInputError(
                        f"The property {item!r} of the model '{name}:{version}' is "
                        f"{present[item]!r} already and cannot become {value!r}.",
                        code=ErrorCode.PROPERTY_FIXED,
                        hint="Properties stay as they were first set; use a tag for what changes.",
                    )
            new = {k: v for k, v in properties.items() if k not in present}
            transaction.insert(model_properties, *_pairs(key, new))
            return {**present, **new}

    def set_description(self, name: str, version: int, description: str) -> None:
        """Replaces the description."""
        key = self._database.mine(name=name, version=version)
        with self._database.writing() as transaction:
            _require(transaction, key)
            transaction.update(models, {"description": description}, key)

    def delete(self, name: str, version: int) -> None:
        """Removes a version; idempotent.

        Raises:
            InUseError: revisions of services use it.
        """
        key = self._database.mine(name=name, version=version)

        def deleted(transaction: Transaction) -> None:
            # Locks the row on PostgreSQL, so that no revision can come to use it meanwhile.
            transaction.scalar(_locked(key, transaction.lock), key)
            users = users_of(transaction, key)
            if users:
                raise InUseError("model", f"{name}:{version}", users)
            transaction.delete(models, key)

        self._database.freeing(deleted)

    def _select(self, condition: str, values: Mapping[str, Any]) -> builtins.list[ModelRow]:
        where = " AND ".join(filter(None, ["models.workspace_id = :workspace_id", condition]))
        values = self._database.mine(**values)
        with self._database.reading() as transaction:
            files, tags, properties = (
                _by_version(transaction, table, where, values)
                for table in (model_files, model_tags, model_properties)
            )
            query = select(models, where, models.columns_but("workspace_id"))
            rows = [
                ModelRow(
                    **row,
                    files=tuple(
                        ModelFile(f["path"], f["sha256"], f["size"], f["executable"])
                        for f in files.get((row["name"], row["version"]), ())
                    ),
                    tags=_as_dict(tags.get((row["name"], row["version"]), ())),
                    properties=_as_dict(properties.get((row["name"], row["version"]), ())),
                )
                for row in transaction.rows(query, values)
            ]
        return sorted(rows, key=lambda r: (r.name, r.version))


def require_model(transaction: Transaction, database: Database, name: str, version: int) -> None:
    """Makes sure, to the end of the transaction, that a model is there.

    Raises:
        NotFoundError: it is not.
    """
    key = database.mine(name=name, version=version)
    if transaction.scalar(_locked(key, transaction.share), key) is None:
        raise _not_found(key)


def users_of(transaction: Transaction, key: Mapping[str, Any]) -> list[str]:
    """What uses a model: revisions as `service revision 3`, images as `image name:3`.

    Args:
        key: `workspace_id`, `name` and `version` of the model.
    """
    is_it = "workspace_id = :workspace_id AND model = :name AND version = :version"
    found = {
        pattern: sorted(set(transaction.run(f"SELECT {columns} FROM {table} WHERE {is_it}", key)))
        for pattern, columns, table in (
            ("{} revision {}", "service, number", "revision_models"),
            ("image {}:{}", "image, image_version", "image_models"),
        )
    }
    return [pattern.format(*user) for pattern, users in found.items() for user in users]


def _require(transaction: Transaction, key: Mapping[str, Any]) -> None:
    if transaction.scalar(_locked(key, transaction.lock), key) is None:
        raise _not_found(key)


def _locked(key: Mapping[str, Any], lock: str) -> str:
    return f"SELECT version FROM models WHERE {equal(key)}{lock}"


def _not_found(key: Mapping[str, Any]) -> NotFoundError:
    name = f"{key['name']}:{key['version']}"
    return NotFoundError("model", name, hint="It was deleted meanwhile.")


def _has(table: Table, wanted: str, prefix: str) -> tuple[str, dict[str, str]]:
    """The condition that a model has a tag or property, and its values, named with a prefix."""
    key, separator, value = wanted.partition("=")
    # An alias, because the query around it may read the same table.
    condition = f"EXISTS (SELECT 1 FROM {table.name} AS items WHERE {_same_version('items')}"
    condition += f" AND items.key = :{prefix}_key"
    if not separator:
        return f"{condition})", {f"{prefix}_key": key}
    condition += f" AND items.value = :{prefix}_value)"
    return condition, {f"{prefix}_key": key, f"{prefix}_value": value}


def _same_version(table: str) -> str:
    return (
        f"{table}.workspace_id = models.workspace_id"
        f" AND {table}.name = models.name AND {table}.version = models.version"
    )


def _by_version(
    transaction: Transaction, table: Table, where: str, values: Mapping[str, Any]
) -> dict[tuple[str, int], list[dict[str, Any]]]:
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    query = select(table, where, joined=f"JOIN models ON {_same_version(table.name)}")
    ordered = query.then("ORDER BY " + ", ".join(f"{table.name}.{name}" for name in table.key))
    for row in transaction.rows(ordered, values):
        found.setdefault((row["name"], row["version"]), []).append(row)
    return found


def _pairs(key: Mapping[str, Any], items: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{**key, "key": k, "value": v} for k, v in items.items()]


def _as_dict(pairs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {pair["key"]: pair["value"] for pair in pairs}


def _read_pairs(transaction: Transaction, table: Table, key: Mapping[str, Any]) -> dict[str, str]:
    query = select(table, equal(key), ("key", "value"))
    return dict(sorted(_as_dict(transaction.rows(query, key)).items()))
