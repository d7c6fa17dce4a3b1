"""Transactions on the database of one workspace."""

from __future__ import annotations

import os
import pwd
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypedDict

import sqlalchemy as sa

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.store.db_errors import translate
from brygga.store.reserve import Reserve
from brygga.store.tables import counters

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


class Signature(TypedDict):
    """Columns of every row that somebody makes."""

    created_at: datetime
    created_by: str


class Database:
    """An engine, bound to one workspace's rows.

    Attributes:
        workspace_id: Of the workspace; every statement is held to it.
        transactions: How many were begun; what costs many is found by it.
        user: Who makes the rows that are added; by default the user of this process.
    """

    def __init__(
        self,
        engine: sa.Engine,
        workspace_id: int,
        user: str | None = None,
        reserve: Reserve | None = None,
    ) -> None:
        self._engine = engine
        self._reserve = reserve
        self.workspace_id = workspace_id
        self.transactions = 0
        # What the environment says may be anything.
        self.user = user or user_name(os.getuid())
        # Pooled connections are closed with this object, or at the end of the process.
        self.close: Callable[[], object] = weakref.finalize(self, engine.dispose)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that only reads; each query of it sees one state of the database."""
        self.transactions += 1
        with transaction(self._engine, writing=False) as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """The same, which also PostgreSQL shows as of one moment, however many queries there are.

        Rows come as they are read, not all at once.
        """
        self.transactions += 1
        options: dict[str, Any] = {"stream_results": True, "yield_per": 500}
        if self._engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        with transaction(self._engine, writing=False, **options) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that writes: all of it, or nothing."""
        self.transactions += 1
        with transaction(self._engine, writing=True) as connection:
            yield connection

    def freeing(self, change: Callable[[sa.Connection], object]) -> None:
        """A writing transaction that makes room: on a full disk, with what is kept for it."""
        try:
            with self.writing() as connection:
                change(connection)
        except StoreError as error:
            full = error.code is ErrorCode.DISK_FULL
            if not full or self._reserve is None or not self._reserve.give_up():
                raise
        else:
            return
        try:
            with self.writing() as connection:
                change(connection)
        finally:
            self._reserve.keep()

    def mine(self, *tables: sa.Table) -> sa.ColumnElement[bool]:
        """The condition that rows of these tables are this workspace's."""
        return sa.and_(*(t.c.workspace_id == self.workspace_id for t in tables))

    def signature(self) -> Signature:
        """When a row is made, and by whom: as columns."""
        return {"created_at": now(), "created_by": self.user}

    def next_number(self, connection: sa.Connection, kind: str, name: str) -> int:
        """Allocates the next number of a name, in the caller's transaction.

        The row of the counter stays locked until that ends, so that two callers never get the same
        number, and a number whose caller fails is given to the next one.
        """
        values = {"workspace_id": self.workspace_id, "kind": kind, "name": name, "last": 1}
        statement = upsert(connection, counters, values, {"last": counters.c.last + 1}).returning(
            counters.c.last
        )
        return int(connection.execute(statement).scalar_one())


@contextmanager
def transaction(engine: sa.Engine, *, writing: bool, **options: Any) -> Iterator[sa.Connection]:
    """One transaction; what the database raises comes out as a `StoreError`.

    Args:
        **options: Of execution, as SQLAlchemy has them.
    """
    try:
        with engine.connect() as plain:
            connection = plain.execution_options(writing=writing, **options)
            with connection.begin():
                yield connection
    except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
        raise translate(error, engine.url) from error


def upsert(
    connection: sa.Connection,
    table: sa.Table,
    values: Mapping[str, Any],
    changes: Mapping[str, Any],
) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that makes `changes` instead where a row of the same primary key exists."""
    return _insert(connection, table, values).on_conflict_do_update(
        index_elements=list(table.primary_key), set_=dict(changes)
    )


def insert_once(
    connection: sa.Connection, table: sa.Table, values: Mapping[str, Any]
) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that does nothing where such a row exists."""
    return _insert(connection, table, values).on_conflict_do_nothing()


def _insert(
    connection: sa.Connection, table: sa.Table, values: Mapping[str, Any]
) -> postgresql.Insert | sqlite.Insert:
    # Only the one that is used: what there is for PostgreSQL takes a quarter of a command's start.
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as of_postgresql

        return of_postgresql(table).values(dict(values))
    from sqlalchemy.dialects.sqlite import insert as of_sqlite

    return of_sqlite(table).values(dict(values))


def user_name(number: int) -> str:
    """The login name of a user id."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # as in containers that run as a number
        return str(number)


def now() -> datetime:
    """The time for a row."""
    return datetime.now(UTC)
