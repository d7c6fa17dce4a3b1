"""Tables as data, and the statements that every database of Brygga's understands.

Values go by name (`:name`), never into the text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto


class ColumnKind(Enum):
    """What a column holds, where databases differ in how they keep it."""

    PLAIN = auto()  # text and numbers
    BOOLEAN = auto()
    TIME = auto()  # aware, in UTC
    JSON = auto()  # None is the JSON value null
    JSON_OR_NULL = auto()  # None is no value


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        columns: By name, in the order in which rows are written down.
        key: The columns that tell its rows apart.
    """

    name: str
    columns: Mapping[str, ColumnKind]
    key: tuple[str, ...]

    def columns_but(self, *left_out: str) -> tuple[str, ...]:
        """The names of the others."""
        return tuple(name for name in self.columns if name not in left_out)


@dataclass(frozen=True)
class Query:
    """A SELECT.

    Attributes:
        columns: What it gives, by name, in its order.
    """

    sql: str
    columns: Mapping[str, ColumnKind]

    def then(self, rest: str) -> Query:
        """The same with more behind it."""
        return Query(f"{self.sql} {rest}", self.columns)


def select(table: Table, where: str, columns: Collection[str] = (), joined: str = "") -> Query:
    """Rows of a table, with all of its columns or with some.

    Args:
        where: The condition, which calls columns by the table's name where others join it.
        joined: What else is read, from JOIN on.
    """
    chosen = {name: table.columns[name] for name in columns or table.columns}
    listed = ", ".join(f"{table.name}.{name}" for name in chosen)
    join = f" {joined}" if joined else ""
    return Query(f"SELECT {listed} FROM {table.name}{join} WHERE {where}", chosen)


def equal(columns: Iterable[str], table: str = "", values: str = "") -> str:
    """The condition that columns have the values that go by their names.

    Args:
        table: Whose columns they are, where that is not clear.
        values: What comes before the name of a value.
    """
    before = f"{table}." if table else ""
    return " AND ".join(f"{before}{name} = :{values}{name}" for name in columns)


def insert(table: Table, columns: Collection[str]) -> str:
    """One more row, or many."""
    values = ", ".join(f":{name}" for name in columns)
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({values})"


def insert_once(table: Table, columns: Collection[str]) -> str:
    """The same, which does nothing where such a row exists."""
    return insert(table, columns) + " ON CONFLICT DO NOTHING"


def upsert(table: Table, columns: Collection[str], changes: Mapping[str, str]) -> str:
    """One more row; where there is one of the same key, that is changed instead.

    Args:
        changes: What becomes of its columns, in SQL: `excluded.x` is what was to be added.
    """
    settings = ", ".join(f"{name} = {change}" for name, change in changes.items())
    key = ", ".join(table.key)
    return f"{insert(table, columns)} ON CONFLICT ({key}) DO UPDATE SET {settings}"


def replaced(columns: Iterable[str]) -> dict[str, str]:
    """Changes of `upsert` that put the new values in place of the old ones."""
    return {name: f"excluded.{name}" for name in columns}


def update(table: Table, columns: Collection[str], where: Collection[str]) -> str:
    """Other values in the rows that have those of `where`.

    They go by the column's name with `new_` before it.
    """
    settings = ", ".join(f"{name} = :new_{name}" for name in columns)
    return f"UPDATE {table.name} SET {settings} WHERE {equal(where)}"


def delete(table: Table, where: Collection[str]) -> str:
    """Removes the rows that have these values."""
    return f"DELETE FROM {table.name} WHERE {equal(where)}"
