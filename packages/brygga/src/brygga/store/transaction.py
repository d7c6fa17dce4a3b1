"""A transaction on a database, whichever that is, and what opens one."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from typing import Any, Protocol

from brygga.errors import StoreError
from brygga.store import sql
from brygga.store.sql import ColumnKind, Query, Table
from brygga.store.url import StoreUrl

Values = Mapping[str, Any]


class Cursor(Protocol):
    """What a driver gives for a statement that it has run."""

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""

    def fetchone(self) -> Any:
        """The next row; None where there is none."""

    def __iter__(self) -> Iterator[Any]:
        """The rows, each a tuple."""

    def close(self) -> None:
        """Leaves the others."""


class Transaction(ABC):
    """A transaction that has begun.

    Attributes:
        lock: What is added to a SELECT to keep its rows as they are until the end: none may be
            changed or deleted.
        share: The same, where only their deletion has to wait.
    """

    lock = ""
    share = ""

    @abstractmethod
    def run(self, statement: str, values: Values) -> Cursor:
        """Runs a statement; values go as the driver takes them."""

    @abstractmethod
    def run_each(self, statement: str, rows: Sequence[Values]) -> None:
        """Runs a statement once for each row."""

    @abstractmethod
    def encoded(self, kind: ColumnKind, value: Any) -> Any:
        """A value as the driver takes it."""

    @abstractmethod
    def decoded(self, kind: ColumnKind, value: Any) -> Any:
        """A value that the driver gave."""

    @abstractmethod
    def member(self, column: str, name: str) -> str:
        """SQL for what a column with a JSON object has under a name, which `JSON_OR_NULL` reads."""

    def rows(self, query: Query, values: Values) -> Iterator[dict[str, Any]]:
        """The rows of a query, each by column."""
        columns = tuple(query.columns.items())
        with closing(self.run(query.sql, values)) as cursor:
            for row in cursor:
                yield {
                    name: value if kind is ColumnKind.PLAIN else self.decoded(kind, value)
                    for (name, kind), value in zip(columns, row, strict=True)
                }

    def row(self, query: Query, values: Values) -> dict[str, Any] | None:
        """The first row; None where there is none."""
        return next(iter(list(self.rows(query, values))), None)

    def column(self, statement: str, values: Values) -> list[Any]:
        """The first column of every row, as the driver gives it."""
        return [row[0] for row in self.run(statement, values)]

    def scalar(self, statement: str, values: Values) -> Any:
        """The first column of the first row; None where there is none."""
        row = self.run(statement, values).fetchone()
        return None if row is None else row[0]

    def insert(self, table: Table, *rows: Values) -> None:
        """Adds rows, all with the same columns."""
        if rows:
            statement = sql.insert(table, rows[0].keys())
            self.run_each(statement, [self._encoded_row(table, row) for row in rows])

    def insert_once(self, table: Table, values: Values) -> None:
        """Adds a row where there is none of its key."""
        self.run(sql.insert_once(table, values.keys()), self._encoded_row(table, values))

    def upsert(
        self, table: Table, values: Values, changes: Mapping[str, str], returning: str = ""
    ) -> Any:
        """Adds a row, or changes the one of its key: see `sql.upsert`.

        Args:
            returning: The column to return.
        """
        statement = sql.upsert(table, values.keys(), changes)
        row = self._encoded_row(table, values)
        if not returning:
            return self.run(statement, row)
        return self.scalar(f"{statement} RETURNING {table.name}.{returning}", row)

    def update(self, table: Table, changes: Values, where: Values) -> int:
        """Changes the rows that have the values of `where`; returns how many there were."""
        new = {f"new_{k}": v for k, v in self._encoded_row(table, changes).items()}
        return self.run(sql.update(table, changes, where), {**new, **where}).rowcount

    def delete(self, table: Table, where: Values) -> None:
        """Removes the rows that have the values of `where`."""
        self.run(sql.delete(table, where), where)

    def _encoded_row(self, table: Table, values: Values) -> dict[str, Any]:
        return {name: self.encoded(table.columns[name], value) for name, value in values.items()}


class Backend(ABC):
    """What opens transactions on one database. Of use to several threads at once.

    Attributes:
        failure: What the driver raises.
    """

    url: StoreUrl
    failure: type[Exception]

    @abstractmethod
    def transaction(
        self, *, writing: bool, snapshot: bool = False
    ) -> AbstractContextManager[Transaction]:
        """One transaction, committed at the end, or not at all where an exception ends it.

        Args:
            writing: Whether it may write.
            snapshot: Whether all its queries see one moment, and rows come as they are read.

        Raises:
            StoreError: whatever the database raises.
        """

    @abstractmethod
    def connect(self) -> Any:
        """A connection of the driver's own that may write, for what no `transaction` does.

        Raises:
            failure: it cannot be had.
            StoreError: the database can only be read.
        """

    @abstractmethod
    def explained(self, error: BaseException) -> StoreError:
        """What the driver has raised, for people."""

    @abstractmethod
    def is_no_table(self, error: BaseException) -> bool:
        """Whether an error of the driver means that a table is missing."""

    @abstractmethod
    def close(self) -> None:
        """Closes what is open and idle; idempotent."""


def to_json(kind: ColumnKind, value: Any) -> str | None:
    """A value of a column with JSON, as text."""
    return None if value is None and kind is ColumnKind.JSON_OR_NULL else json.dumps(value)
