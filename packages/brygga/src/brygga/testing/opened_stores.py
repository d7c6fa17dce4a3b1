"""Stores that a conformance test opens, and that are closed after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from brygga.store.rows import WorkspaceKey
from brygga.store.store import Store, open_store


class OpensStores:
    """For tests whose module has a fixture `store_url`: that of an empty database."""

    @pytest.fixture
    def open(self, store_url: str) -> Iterator[Callable[[WorkspaceKey], Store]]:
        stores: list[Store] = []

        def opened(key: WorkspaceKey) -> Store:
            stores.append(open_store(store_url, key))
            return stores[-1]

        yield opened
        for store in stores:
            store.close()
