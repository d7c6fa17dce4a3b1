"""Transactions on the database of one workspace."""

from __future__ import annotations

import os
import pwd
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypedDict

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.store.reserve import Reserve
from brygga.store.tables import counters
from brygga.store.transaction import Backend, Transaction


class Signature(TypedDict):
    """Columns of every row that somebody makes."""

    created_at: datetime
    created_by: str


class Database:
    """An backend, bound to one workspace's rows.

    Attributes:
        workspace_id: Of the workspace; every statement is held to it.
        transactions: How many were begun; what costs many is found by it.
        user: Who makes the rows that are added; by default the user of this process.
    """

    def __init__(
        self,
        backend: Backend,
        workspace_id: int,
        user: str | None = None,
        reserve: Reserve | None = None,
    ) -> None:
        self._backend = backend
        self._reserve = reserve
        self.workspace_id = workspace_id
        self.transactions = 0
        # What the environment says may be anything.
        self.user = user or user_name(os.getuid())
        # Connections that are kept are closed with this object, or at the end of the process.
        self.close: Callable[[], object] = weakref.finalize(self, backend.close)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction that only reads; on SQLite its queries see one state of the database."""
        self.transactions += 1
        with self._backend.transaction(writing=False) as transaction:
            yield transaction

    @contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        """The same, which also PostgreSQL shows as of one moment, however many queries there are.

        Rows come as they are read, not all at once.
        """
        self.transactions += 1
        with self._backend.transaction(writing=False, snapshot=True) as transaction:
            yield transaction

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that writes: all of it, or nothing."""
        self.transactions += 1
        with self._backend.transaction(writing=True) as transaction:
            yield transaction

    def freeing(self, change: Callable[[Transaction], object]) -> None:
        """A writing transaction that makes room: on a full disk, with what is kept for it."""
        try:
            with self.writing() as transaction:
                change(transaction)
        except StoreError as error:
            full = error.code is ErrorCode.DISK_FULL
            if not full or self._reserve is None or not self._reserve.give_up():
                raise
        else:
            return
        try:
            with self.writing() as transaction:
                change(transaction)
        finally:
            self._reserve.keep()

    def mine(self, **values: Any) -> dict[str, Any]:
        """What the rows of this workspace have, and these values besides."""
        return {"workspace_id": self.workspace_id, **values}

    def signature(self) -> Signature:
        """When a row is made, and by whom: as columns."""
        return {"created_at": now(), "created_by": self.user}

    def next_number(self, transaction: Transaction, kind: str, name: str) -> int:
        """Allocates the next number of a name, in the caller's transaction.

        The row of the counter stays locked until that ends, so that two callers never get the same
        number, and a number whose caller fails is given to the next one.
        """
        first = self.mine(kind=kind, name=name, last=1)
        more = {"last": "counters.last + 1"}
        return int(transaction.upsert(counters, first, more, returning="last"))


def user_name(number: int) -> str:
    """The login name of a user id."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # as in containers that run as a number
        return str(number)


def now() -> datetime:
    """The time for a row."""
    return datetime.now(UTC)
