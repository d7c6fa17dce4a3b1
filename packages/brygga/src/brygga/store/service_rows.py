"""Rows of services and their revisions."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

from brygga.errors import NotFoundError
from brygga.store.database import Database, now
from brygga.store.model_rows import require_model, users_of
from brygga.store.rows import (
    NewRevision,
    RevisionRow,
    RevisionStatus,
    ServiceOutline,
    ServiceRow,
)
from brygga.store.service_outlines import SERVICE_COLUMNS, outlines, service_row
from brygga.store.sql import equal, replaced, select
from brygga.store.tables import revision_models, revisions, services
from brygga.store.transaction import Transaction


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
        with self._database.writing() as transaction:
            number = self._touch(transaction, new)
            key = self._database.mine(service=new.service, number=number)
            content = {
                "spec": dict(new.spec),
                "bundle": dict(new.bundle),
                "bundle_digest": new.bundle_digest,
            }
            transaction.insert(revisions, {**key, **content, "status": "pending", **made})
            for position, (model, version) in enumerate(new.models):
                require_model(transaction, self._database, model, version)
                use = {"position": position, "model": model, "version": version}
                transaction.insert(revision_models, {**key, **use})
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
        found = self._select(name=name)
        return found[0] if found else None

    def list(self) -> builtins.list[ServiceRow]:
        """All services, by name."""
        return sorted(self._select(), key=lambda r: r.name)

    def outlines(
        self, name: str | None = None, *, all_revisions: bool = False
    ) -> builtins.list[ServiceOutline]:
        """All services (or the one of that name) with what of their revisions matters now.

        One statement, however many there are: bundles, which may be large, are not read.

        Args:
            all_revisions: With those before the current one, too.
        """
        return outlines(self._database, name, all_revisions=all_revisions)

    def delete(self, name: str) -> None:
        """Removes a service and its revisions; idempotent."""
        with self._database.writing() as transaction:
            transaction.delete(services, self._database.mine(name=name))

    def revisions(self, name: str) -> builtins.list[RevisionRow]:
        """The kept revisions of a service, oldest first."""
        return self._select_revisions(service=name)

    def find_revision(self, name: str, number: int) -> RevisionRow | None:
        """A kept revision; None where there is none of that number."""
        rows = self._select_revisions(service=name, number=number)
        return rows[0] if rows else None

    def set_current(self, name: str, number: int) -> None:
        """Notes which revision serves."""
        changes = {"current_revision": number, "updated_at": now()}
        with self._database.writing() as transaction:
            self._require_revision(transaction, name, number)
            transaction.update(services, changes, self._database.mine(name=name))

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
        with self._database.writing() as transaction:
            transaction.update(services, values, self._database.mine(name=name))

    def mark(
        self,
        name: str,
        number: int,
        status: RevisionStatus,
        diagnosis: Mapping[str, Any] | None = None,
    ) -> None:
        """Notes how a revision fares."""
        found = None if diagnosis is None else dict(diagnosis)
        with self._database.writing() as transaction:
            key = self._require_revision(transaction, name, number)
            transaction.update(revisions, {"status": status, "diagnosis": found}, key)

    def prune(self, name: str, keep: int) -> builtins.list[int]:
        """Removes all but the newest `keep` revisions; returns the numbers of those removed.

        The current one is never removed, however old it is.
        """
        service, mine = self._database.mine(name=name), self._database.mine(service=name)
        with self._database.writing() as transaction:
            current = transaction.scalar(
                f"SELECT current_revision FROM services WHERE {equal(service)}", service
            )
            query = f"SELECT number FROM revisions WHERE {equal(mine)}"
            numbers = sorted(transaction.column(query, mine))
            kept = {current, *numbers[max(0, len(numbers) - keep) :]}
            gone = [n for n in numbers if n not in kept]
            for number in gone:
                transaction.delete(revisions, {**mine, "number": number})
        return gone

    def using_model(self, name: str, version: int) -> builtins.list[str]:
        """The kept revisions a model is part of, each as `service revision 3`."""
        with self._database.reading() as transaction:
            return users_of(transaction, self._database.mine(name=name, version=version))

    def _touch(self, transaction: Transaction, new: NewRevision) -> int:
        """Makes the service's row, or changes it; returns the number of the new revision."""
        made, place = self._database.signature(), new.place
        changes: dict[str, Any] = {
            "target": new.target,
            "host_name": "" if place is None else place.host,
            "home": None if place is None else place.home,
            "updated_at": made["created_at"],
        }
        if new.tags is not None:
            changes["tags"] = dict(new.tags)
        if new.description is not None:
            changes["description"] = new.description
        first = {"tags": {}, "description": "", **made, **changes, "last_revision": 1}
        more = {**replaced(changes), "last_revision": "services.last_revision + 1"}
        row = self._database.mine(name=new.service, **first)
        return int(transaction.upsert(services, row, more, returning="last_revision"))

    def _require_revision(self, transaction: Transaction, name: str, number: int) -> dict[str, Any]:
        """The key of a revision, whose row stays to the end of the transaction."""
        key = self._database.mine(service=name, number=number)
        query = f"SELECT number FROM revisions WHERE {equal(key)}{transaction.lock}"
        if transaction.scalar(query, key) is None:
            raise NotFoundError(
                "revision", f"{name} revision {number}", hint="It was deleted meanwhile."
            )
        return key

    def _select(self, **wanted: str) -> builtins.list[ServiceRow]:
        where = self._database.mine(**wanted)
        with self._database.reading() as transaction:
            query = select(services, equal(where), SERVICE_COLUMNS)
            return [service_row(row) for row in transaction.rows(query, where)]

    def _select_revisions(self, **wanted: str | int) -> builtins.list[RevisionRow]:
        where = self._database.mine(**wanted)
        uses = select(revision_models, equal(where)).then("ORDER BY position")
        query = select(revisions, equal(where), revisions.columns_but("workspace_id"))
        used: dict[tuple[str, int], list[tuple[str, int]]] = {}
        with self._database.reading() as transaction:
            for row in transaction.rows(uses, where):
                key = (row["service"], row["number"])
                used.setdefault(key, []).append((row["model"], row["version"]))
            rows = [
                RevisionRow(**row, models=tuple(used.get((row["service"], row["number"]), ())))
                for row in transaction.rows(query, where)
            ]
        return sorted(rows, key=lambda r: (r.service, r.number))
