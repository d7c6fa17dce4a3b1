"""Rows of documents."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

from brygga.store.database import Database, now
from brygga.store.rows import Document
from brygga.store.sql import equal, replaced, select
from brygga.store.tables import documents

_COLUMNS = ("name", "content", "created_at", "updated_at")


class DocumentRows:
    """Small JSON documents, each under a kind and a name.

    For what a layer above has to remember and nothing here has to understand.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, kind: str, name: str, content: Mapping[str, Any]) -> None:
        """Keeps a document; it takes the place of one of the same kind and name."""
        at = now()
        values = self._database.mine(
            kind=kind, name=name, content=dict(content), created_at=at, updated_at=at
        )
        with self._database.writing() as transaction:
            transaction.upsert(documents, values, replaced(["content", "updated_at"]))

    def find(self, kind: str, name: str) -> Document | None:
        """A document; None where there is none."""
        found = self._select(kind=kind, name=name)
        return found[0] if found else None

    def list(self, kind: str) -> builtins.list[Document]:
        """All documents of a kind, by name."""
        return sorted(self._select(kind=kind), key=lambda r: r.name)

    def delete(self, kind: str, name: str) -> None:
        """Removes a document; idempotent."""
        with self._database.writing() as transaction:
            transaction.delete(documents, self._database.mine(kind=kind, name=name))

    def _select(self, **wanted: str) -> builtins.list[Document]:
        where = self._database.mine(**wanted)
        with self._database.reading() as transaction:
            rows = transaction.rows(select(documents, equal(where), _COLUMNS), where)
            return [Document(**row) for row in rows]
