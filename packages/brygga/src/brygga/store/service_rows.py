"""Rows of services and their revisions."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from brygga.errors import NotFoundError
from brygga.store.database import Database, now, upsert
from brygga.store.model_rows import require_model, users_of
from brygga.store.rows import (
    NewRevision,
    RevisionRow,
    RevisionStatus,
    ServiceOutline,
    ServiceRow,
)
from brygga.store.service_outlines import outlines, service_row
from brygga.store.tables import revision_models, revisions, services


class ServiceRows:
    """Services and their revisions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_revision(self, new: NewRevision) -> RevisionRow:
        """Adds a pending revision under the next number, and the service where it is missing.

        Raises:
            NotFoundError: a model in it is not registered (any more).
        """
        made = self._database.signature()
        with self._database.writing() as connection:
            number = self._touch(connection, new)
            key = self._key(new.service, number)
            connection.execute(
                sa.insert(revisions).values(
                    **key,
                    spec=dict(new.spec),
                    bundle=dict(new.bundle),
                    bundle_digest=new.bundle_digest,
                    status="pending",
                    **made,
                )
            )
            for position, (model, version) in enumerate(new.models):
                require_model(connection, self._database, model, version)
                connection.execute(
                    sa.insert(revision_models).values(
                        **key, position=position, model=model, version=version
                    )
                )
        return RevisionRow(
            service=new.service,
            number=number,
            spec=dict(new.spec),
            bundle=dict(new.bundle),
            bundle_digest=new.bundle_digest,
            models=new.models,
            status="pending",
            diagnosis=None,
            **made,
        )

    def find(self, name: str) -> ServiceRow | None:
        """A service; None where there is none of that name."""
        with self._database.reading() as connection:
            row = connection.execute(self._services().where(services.c.name == name)).first()
        return None if row is None else service_row(row._mapping)  # noqa: SLF001

    def list(self) -> list[ServiceRow]:
        """All services, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(self._services()).mappings()
            return sorted((service_row(row) for row in rows), key=lambda r: r.name)

    def outlines(
        self, name: str | None = None, *, all_revisions: bool = False
    ) -> builtins.list[ServiceOutline]:
        """All services (or the one of that name) with what of their revisions matters now.

        One statement, however many there are: bundles, which may be large, are not read.

        Args:
            all_revisions: With those before the current one, too.
        """
        return outlines(self._database, self._services(), name, all_revisions=all_revisions)

    def delete(self, name: str) -> None:
        """Removes a service and its revisions; idempotent."""
        with self._database.writing() as connection:
            connection.execute(
                sa.delete(services).where(self._database.mine(services), services.c.name == name)
            )

    def revisions(self, name: str) -> builtins.list[RevisionRow]:
        """The kept revisions of a service, oldest first."""
        with self._database.reading() as connection:
            return _select(connection, self._database, revisions.c.service == name)

    def find_revision(self, name: str, number: int) -> RevisionRow | None:
        """A kept revision; None where there is none of that number."""
        condition = (revisions.c.service == name) & (revisions.c.number == number)
        with self._database.reading() as connection:
            rows = _select(connection, self._database, condition)
        return rows[0] if rows else None

    def set_current(self, name: str, number: int) -> None:
        """Notes which revision serves."""
        with self._database.writing() as connection:
            self._require_revision(connection, name, number)
            connection.execute(
                sa.update(services)
                .where(self._database.mine(services), services.c.name == name)
                .values(current_revision=number, updated_at=now())
            )

    def change(
        self,
        name: str,
        *,
        tags: Mapping[str, str] | None = None,
        description: str | None = None,
    ) -> None:
        """Replaces the tags or the description of a service; None keeps them."""
        values: dict[str, Any] = {"updated_at": now()}
        if tags is not None:
            values["tags"] = dict(tags)
        if description is not None:
            values["description"] = description
        with self._database.writing() as connection:
            connection.execute(
                sa.update(services)
                .where(self._database.mine(services), services.c.name == name)
                .values(**values)
            )

    def mark(
        self,
        name: str,
        number: int,
        status: RevisionStatus,
        diagnosis: Mapping[str, Any] | None = None,
    ) -> None:
        """Notes how a revision fares."""
        with self._database.writing() as connection:
            self._require_revision(connection, name, number)
            connection.execute(
                sa.update(revisions)
                .where(
                    self._database.mine(revisions),
                    revisions.c.service == name,
                    revisions.c.number == number,
                )
                .values(status=status, diagnosis=None if diagnosis is None else dict(diagnosis))
            )

    def prune(self, name: str, keep: int) -> builtins.list[int]:
        """Removes all but the newest `keep` revisions; returns the numbers of those removed.

        The current one is never removed, however old it is.
        """
        with self._database.writing() as connection:
            current = connection.scalar(
                sa.select(services.c.current_revision).where(
                    self._database.mine(services), services.c.name == name
                )
            )
            mine = sa.and_(self._database.mine(revisions), revisions.c.service == name)
            numbers = sorted(connection.scalars(sa.select(revisions.c.number).where(mine)))
            kept = {current, *numbers[max(0, len(numbers) - keep) :]}
            gone = [n for n in numbers if n not in kept]
            connection.execute(sa.delete(revisions).where(mine, revisions.c.number.in_(gone)))
        return gone

    def using_model(self, name: str, version: int) -> builtins.list[str]:
        """The kept revisions a model is part of, each as `service revision 3`."""
        with self._database.reading() as connection:
            return users_of(connection, self._database, name, version)

    def _key(self, name: str, number: int) -> dict[str, Any]:
        return {
            "workspace_id": self._database.workspace_id,
            "service": name,
            "number": number,
        }

    def _touch(self, connection: sa.Connection, new: NewRevision) -> int:
        """Makes the service's row, or changes it; returns the number of the new revision."""
        made, place = self._database.signature(), new.place
        changes: dict[str, Any] = {
            "target": new.target,
            "host_name": "" if place is None else place.host,
            "home": None if place is None else place.home,
            "last_revision": services.c.last_revision + 1,
            "updated_at": made["created_at"],
        }
        if new.tags is not None:
            changes["tags"] = dict(new.tags)
        if new.description is not None:
            changes["description"] = new.description
        first = {
            "workspace_id": self._database.workspace_id,
            "name": new.service,
            "tags": {},
            "description": "",
            **made,
            **changes,
            "last_revision": 1,
        }
        statement = upsert(connection, services, first, changes)
        return int(connection.scalar(statement.returning(services.c.last_revision)) or 0)

    def _require_revision(self, connection: sa.Connection, name: str, number: int) -> None:
        query = sa.select(revisions.c.number).where(
            self._database.mine(revisions),
            revisions.c.service == name,
            revisions.c.number == number,
        )
        if connection.scalar(query.with_for_update()) is None:
            raise NotFoundError(
                "revision", f"{name} revision {number}", hint="It was deleted meanwhile."
            )

    def _services(self) -> sa.Select[Any]:
        c = services.c
        return sa.select(
            c.name,
            c.target,
            c.host_name,
            c.home,
            c.current_revision,
            c.tags,
            c.description,
            c.created_at,
            c.updated_at,
            c.created_by,
        ).where(self._database.mine(services))


def _select(
    connection: sa.Connection, database: Database, condition: sa.ColumnElement[bool]
) -> list[RevisionRow]:
    where = sa.and_(database.mine(revisions), condition)
    same = sa.and_(
        revision_models.c.workspace_id == revisions.c.workspace_id,
        revision_models.c.service == revisions.c.service,
        revision_models.c.number == revisions.c.number,
    )
    used: dict[tuple[str, int], list[tuple[str, int]]] = {}
    query = sa.select(revision_models).join(revisions, same).where(where)
    for row in connection.execute(query.order_by(revision_models.c.position)).mappings():
        used.setdefault((row["service"], row["number"]), []).append((row["model"], row["version"]))
    rows = [
        RevisionRow(
            **{k: v for k, v in row.items() if k != "workspace_id"},
            models=tuple(used.get((row["service"], row["number"]), ())),
        )
        for row in connection.execute(sa.select(revisions).where(where)).mappings()
    ]
    return sorted(rows, key=lambda r: (r.service, r.number))
