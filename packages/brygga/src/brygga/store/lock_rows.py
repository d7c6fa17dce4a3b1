"""Rows of environments' locks."""

from __future__ import annotations

import hashlib

from brygga.store.database import Database, now
from brygga.store.sql import equal, replaced
from brygga.store.tables import lock_keys, locks


class LockRows:
    """Texts of locks by what they were resolved for, and by digest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key: str) -> str | None:
        """The text that was saved last for a key (spec, Python, platform and index)."""
        where = self._database.mine(key=key)
        same = "locks.workspace_id = lock_keys.workspace_id AND locks.digest = lock_keys.digest"
        query = (
            f"SELECT locks.text FROM lock_keys JOIN locks ON {same} "
            f"WHERE {equal(where, 'lock_keys')}"
        )
        with self._database.reading() as transaction:
            text: str | None = transaction.scalar(query, where)
        return text

    def save(self, key: str, text: str) -> str:
        """Keeps a text for a key; returns its sha256.

        What was saved before for that key stays to be had by its digest.
        """
        mine, digest = self._database.mine, hashlib.sha256(text.encode()).hexdigest()
        with self._database.writing() as transaction:
            transaction.insert_once(locks, mine(digest=digest, text=text, created_at=now()))
            transaction.upsert(lock_keys, mine(key=key, digest=digest), replaced(["digest"]))
        return digest

    def get_by_digest(self, digest: str) -> str | None:
        """The text whose sha256 this is."""
        where = self._database.mine(digest=digest)
        with self._database.reading() as transaction:
            text: str | None = transaction.scalar(
                f"SELECT text FROM locks WHERE {equal(where)}", where
            )
        return text
