"""Rows of documents."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from brygga.store.database import Database, now, upsert
from brygga.store.rows import Document
from brygga.store.tables import documents


class DocumentRows:
    """Small JSON documents, each under a kind and a name.

    For what a layer above has to remember and nothing here has to understand.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, kind: str, name: str, content: Mapping[str, Any]) -> None:
        """Keeps a document; it takes the place of one of the same kind and name."""
        at = now()
        changes = {"content": dict(content), "updated_at": at}
        values = {
            "workspace_id": self._database.workspace_id,
            "kind": kind,
            "name": name,
            "created_at": at,
            **changes,
        }
        with self._database.writing() as connection:
            connection.execute(upsert(connection, documents, values, changes))

    def find(self, kind: str, name: str) -> Document | None:
        """A document; None where there is none."""
        query = self._of(kind).where(documents.c.name == name)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else Document(*row)

    def list(self, kind: str) -> builtins.list[Document]:
        """All documents of a kind, by name."""
        with self._database.reading() as connection:
            rows = [Document(*row) for row in connection.execute(self._of(kind))]
        return sorted(rows, key=lambda r: r.name)

    def delete(self, kind: str, name: str) -> None:
        """Removes a document; idempotent."""
        mine = self._database.mine(documents)
        where = sa.and_(mine, documents.c.kind == kind, documents.c.name == name)
        with self._database.writing() as connection:
            connection.execute(sa.delete(documents).where(where))

    def _of(self, kind: str) -> sa.Select[str, Any, Any, Any]:
        c = documents.c
        return sa.select(c.name, c.content, c.created_at, c.updated_at).where(
            self._database.mine(documents), c.kind == kind
        )
