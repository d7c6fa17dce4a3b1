"""Rows of registered environments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from brygga.store.database import Database
from brygga.store.rows import EnvironmentRow
from brygga.store.tables import environments


class EnvironmentRows:
    """Registered versions of environments' specs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, spec: Mapping[str, Any]) -> EnvironmentRow:
        """Registers a spec as the next version of its name."""
        made = self._database.signature()
        with self._database.writing() as connection:
            version = self._database.next_number(connection, "environment", name)
            connection.execute(
                sa.insert(environments).values(
                    workspace_id=self._database.workspace_id,
                    name=name,
                    version=version,
                    spec=dict(spec),
                    **made,
                )
            )
        return EnvironmentRow(name, version, dict(spec), **made)

    def find(self, name: str, version: int | None = None) -> EnvironmentRow | None:
        """A version, the latest where none is given; None where there is none."""
        query = self._query().where(environments.c.name == name)
        if version is not None:
            query = query.where(environments.c.version == version)
        with self._database.reading() as connection:
            row = connection.execute(query.order_by(environments.c.version.desc()).limit(1)).first()
        return None if row is None else EnvironmentRow(*row)

    def list(self) -> list[EnvironmentRow]:
        """All versions, by name and version."""
        with self._database.reading() as connection:
            rows = [EnvironmentRow(*row) for row in connection.execute(self._query())]
        return sorted(rows, key=lambda r: (r.name, r.version))

    def _query(self) -> sa.Select[str, int, Any, Any, str | None]:
        c = environments.c
        return sa.select(c.name, c.version, c.spec, c.created_at, c.created_by).where(
            self._database.mine(environments)
        )
