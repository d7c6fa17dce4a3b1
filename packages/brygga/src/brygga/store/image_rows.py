"""Rows of registered images."""

from __future__ import annotations

import builtins
from collections.abc import Mapping

from brygga.error_codes import ErrorCode
from brygga.errors import InUseError, InvalidInputError, NotFoundError
from brygga.store.database import Database
from brygga.store.model_rows import require_model
from brygga.store.rows import ImageFields, ImageRow
from brygga.store.sql import equal, select
from brygga.store.tables import image_models, images


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
        with self._database.writing() as transaction:
            version = self._database.next_number(transaction, "image", fields.name)
            values = {k: v for k, v in vars(fields).items() if k != "models"}
            transaction.insert(images, self._database.mine(**values, version=version, **made))
            key = self._database.mine(image=fields.name, image_version=version)
            for position, (model, model_version) in enumerate(fields.models):
                require_model(transaction, self._database, model, model_version)
                use = {"position": position, "model": model, "version": model_version}
                transaction.insert(image_models, {**key, **use})
        return ImageRow(**vars(fields), version=version, **made)

    def find(self, name: str, version: int | None = None) -> ImageRow | None:
        """A version of an image, the latest where none is given; None where there is none."""
        found = self._select(
            {"name": name} if version is None else {"name": name, "version": version}
        )
        return found[-1] if found else None

    def list(self, name: str | None = None) -> builtins.list[ImageRow]:
        """All versions, or those of a name, by name and version."""
        return self._select({} if name is None else {"name": name})

    def set_tags(self, name: str, version: int, tags: Mapping[str, str]) -> None:
        """Replaces all tags."""
        with self._database.writing() as transaction:
            key = self._database.mine(name=name, version=version)
            if not transaction.update(images, {"tags": dict(tags)}, key):
                raise NotFoundError("image", f"{name}:{version}", hint="It was deleted meanwhile.")

    def add_properties(
        self, name: str, version: int, properties: Mapping[str, str]
    ) -> dict[str, str]:
        """Adds properties; returns all that there are then.

        Raises:
            InvalidInputError: one of them is set already, to another value.
        """
        key = self._database.mine(name=name, version=version)
        with self._database.writing() as transaction:
            query = select(images, equal(key), ["properties"]).then(transaction.lock)
            row = transaction.row(query, key)
            if row is None:
                raise NotFoundError("image", f"{name}:{version}", hint="It was deleted meanwhile.")
            present: dict[str, str] = row["properties"]
            for item, value in properties.items():
                if present.get(item, value) != value:
                    raise InvalidInputError(
                        f"The property {item!r} of the image '{name}:{version}' is "
                        f"{present[item]!r} already and cannot become {value!r}.",
                        code=ErrorCode.PROPERTY_FIXED,
                        hint="Properties stay as they were first set; use a tag for what changes.",
                    )
            merged = {**present, **properties}
            transaction.update(images, {"properties": merged}, key)
        return merged

    def delete(self, name: str, version: int) -> None:
        """Removes a version; idempotent.

        Raises:
            InUseError: kept revisions of services run the same bundle.
        """
        key = self._database.mine(name=name, version=version)
        with self._database.writing() as transaction:
            digest = transaction.scalar(
                f"SELECT bundle_digest FROM images WHERE {equal(key)}{transaction.lock}", key
            )
            same = self._database.mine(bundle_digest=digest)
            query = f"SELECT service, number FROM revisions WHERE {equal(same)}"
            users = sorted(transaction.run(query, same))
            if users:
                named = [f"{service} revision {number}" for service, number in users]
                raise InUseError("image", f"{name}:{version}", named)
            transaction.delete(images, key)

    def _select(self, wanted: Mapping[str, str | int]) -> builtins.list[ImageRow]:
        where = self._database.mine(**wanted)
        same = (
            "JOIN images ON image_models.workspace_id = images.workspace_id"
            " AND image_models.image = images.name"
            " AND image_models.image_version = images.version"
        )
        uses = select(image_models, equal(where, "images"), joined=same)
        query = select(images, equal(where), images.columns_but("workspace_id"))
        used: dict[tuple[str, int], list[tuple[str, int]]] = {}
        with self._database.reading() as transaction:
            for row in transaction.rows(uses.then("ORDER BY image_models.position"), where):
                key = (row["image"], row["image_version"])
                used.setdefault(key, []).append((row["model"], row["version"]))
            rows = [
                ImageRow(**row, models=tuple(used.get((row["name"], row["version"]), ())))
                for row in transaction.rows(query, where)
            ]
        return sorted(rows, key=lambda r: (r.name, r.version))
