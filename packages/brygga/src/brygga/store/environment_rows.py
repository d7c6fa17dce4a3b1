"""Rows of registered environments."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

from brygga.store.database import Database
from brygga.store.rows import EnvironmentRow
from brygga.store.sql import equal, select
from brygga.store.tables import environments


class EnvironmentRows:
    """Registered versions of environments' specs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, spec: Mapping[str, Any]) -> EnvironmentRow:
        """Registers a spec as the next version of its name."""
        made = self._database.signature()
        with self._database.writing() as transaction:
            version = self._database.next_number(transaction, "environment", name)
            values = self._database.mine(name=name, version=version, spec=dict(spec), **made)
            transaction.insert(environments, values)
        return EnvironmentRow(name, version, dict(spec), **made)

    def find(self, name: str, version: int | None = None) -> EnvironmentRow | None:
        """A version, the latest where none is given; None where there is none."""
        wanted = {"name": name} if version is None else {"name": name, "version": version}
        found = self._select(wanted, "ORDER BY version DESC LIMIT 1")
        return found[0] if found else None

    def list(self) -> builtins.list[EnvironmentRow]:
        """All versions, by name and version."""
        return sorted(self._select({}), key=lambda r: (r.name, r.version))

    def _select(self, wanted: Mapping[str, Any], rest: str = "") -> builtins.list[EnvironmentRow]:
        where = self._database.mine(**wanted)
        query = select(environments, equal(where), environments.columns_but("workspace_id"))
        with self._database.reading() as transaction:
            return [EnvironmentRow(**row) for row in transaction.rows(query.then(rest), where)]
