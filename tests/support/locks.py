"""Texts of locks in memory, in the place of a store's."""

import hashlib


class LocksInMemory:
    """Keeps what is saved, as `store.locks` does."""

    def __init__(self) -> None:
        self.by_key: dict[str, str] = {}
        self.by_digest: dict[str, str] = {}

    def find(self, key: str) -> str | None:
        return self.by_key.get(key)

    def save(self, key: str, text: str) -> str:
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.by_key[key] = self.by_digest[digest] = text
        return digest

    def get_by_digest(self, digest: str) -> str | None:
        return self.by_digest.get(digest)
