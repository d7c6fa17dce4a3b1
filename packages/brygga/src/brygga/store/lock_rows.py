"""Rows of environments' locks."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from brygga.store.database import Database, insert_once, now, upsert
from brygga.store.tables import lock_keys, locks


class LockRows:
    """Texts of locks by what they were resolved for, and by digest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key: str) -> str | None:
        """The text that was saved last for a key (spec, Python, platform and index)."""
        query = (
            sa.select(locks.c.text)
            .join(
                lock_keys,
                (lock_keys.c.workspace_id == locks.c.workspace_id)
                & (lock_keys.c.digest == locks.c.digest),
            )
            .where(self._database.mine(lock_keys), lock_keys.c.key == key)
        )
        with self._database.reading() as connection:
            return connection.scalar(query)

    def save(self, key: str, text: str) -> str:
        """Keeps a text for a key; returns its sha256.

        What was saved before for that key stays to be had by its digest.
        """
        mine = {"workspace_id": self._database.workspace_id}
        digest = hashlib.sha256(text.encode()).hexdigest()
        lock = {**mine, "digest": digest, "text": text, "created_at": now()}
        with self._database.writing() as connection:
            connection.execute(insert_once(connection, locks, lock))
            entry = {**mine, "key": key, "digest": digest}
            connection.execute(upsert(connection, lock_keys, entry, {"digest": digest}))
        return digest

    def get_by_digest(self, digest: str) -> str | None:
        """The text whose sha256 this is."""
        query = sa.select(locks.c.text).where(self._database.mine(locks), locks.c.digest == digest)
        with self._database.reading() as connection:
            return connection.scalar(query)
