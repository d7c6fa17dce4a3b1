"""All rows of a workspace as lines of JSON, whatever the database, and back.

The first line names the schema; each other is one row, and rows that others refer to come first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from brygga.error_codes import ErrorCode
from brygga.errors import InUseError, StoreError
from brygga.hints import Argument, Hint, Verb
from brygga.store.database import Database, upsert
from brygga.store.rows import Whereabouts
from brygga.store.schema import HEAD
from brygga.store.tables import (
    UtcDateTime,
    counters,
    documents,
    environments,
    experiments,
    images,
    metadata,
    models,
    services,
    workspaces,
)

_TABLES = tuple(table for table in metadata.sorted_tables if table is not workspaces)
_BY_NAME = {table.name: table for table in _TABLES}
_THINGS = (models, environments, images, services, experiments, documents)
_BATCH = 200


def write_rows(database: Database) -> Iterator[bytes]:
    """Every row, all as of one moment."""
    yield _line({"schema": HEAD})
    with database.snapshot() as connection:
        for table in _TABLES:
            query = sa.select(table).where(database.mine(table)).order_by(*table.primary_key)
            for row in connection.execute(query).mappings():
                values = {k: _encoded(v) for k, v in row.items() if k != "workspace_id"}
                yield _line({"table": table.name, "row": values})


def read_row(line: bytes) -> tuple[str, dict[str, Any]]:
    """The table and the values of a line; no table for the first one."""
    data = json.loads(line)
    return str(data.get("table", "")), data.get("row", data)


def has_things(database: Database) -> bool:
    """Whether there is anything in the workspace that somebody would miss."""
    with database.reading() as connection:
        return _has_things(database, connection)


def replace_rows(
    database: Database, lines: Iterable[bytes], *, name: str, place: Whereabouts, replace: bool
) -> None:
    """Puts rows in place of those there are, all or none.

    A service is of this machine and home afterwards, wherever it was. A number that was given out
    here is not given out again.

    Args:
        name: Of the workspace, for people.
        replace: Whether there may be things in it.

    Raises:
        StoreError: there are, and may not; or a newer Brygga wrote the rows.
        InUseError: there are services that are not among the rows.
    """
    lines = iter(lines)
    _, head = read_row(next(lines))
    if str(head.get("schema")) > HEAD:
        raise StoreError(
            f"The rows were written by a newer version of Brygga (their schema is "
            f"{head.get('schema')}, this version knows {HEAD}).",
            code=ErrorCode.STORE_NEWER,
            hint="Restore them with that version, or a later one.",
        )
    with database.writing() as connection:
        if not replace and _has_things(database, connection):
            raise not_empty(name)
        query = sa.select(services.c.name).where(database.mine(services))
        there = set(connection.scalars(query))
        query_numbers = sa.select(counters).where(database.mine(counters))
        numbers = [dict(row) for row in connection.execute(query_numbers).mappings()]
        for table in reversed(_TABLES):
            connection.execute(sa.delete(table).where(database.mine(table)))
        for table_name, batch in _batches(lines):
            values = [{**row, "workspace_id": database.workspace_id} for row in batch]
            if table_name == services.name:
                there -= {row["name"] for row in values}
                for row in values:
                    if row["host_name"]:
                        row |= {"host_name": place.host, "home": place.home}
            connection.execute(sa.insert(_BY_NAME[table_name]), values)
        if there:
            raise InUseError("workspace", name, [f"the service {each!r}" for each in sorted(there)])
        for row in numbers:
            larger = sa.case((counters.c.last < row["last"], row["last"]), else_=counters.c.last)
            connection.execute(upsert(connection, counters, row, {"last": larger}))


def not_empty(name: str) -> StoreError:
    """There are things in a workspace that are not to be lost."""
    return StoreError(
        f"The workspace {name!r} has things in it.",
        code=ErrorCode.WORKSPACE_NOT_EMPTY,
        hint=Hint.of(
            "Restore under another {}, or give {}: what is there is lost then.",
            Argument(Verb.RESTORE, "name"),
            Argument(Verb.RESTORE, "replace", True),
        ),
    )


def _has_things(database: Database, connection: sa.Connection) -> bool:
    queries = (sa.select(sa.literal(1)).where(database.mine(t)).limit(1) for t in _THINGS)
    return any(connection.scalar(query) is not None for query in queries)


def _batches(lines: Iterable[bytes]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Rows of one table with the same columns, some at a time."""
    batch: list[dict[str, Any]] = []
    last = ""
    for line in lines:
        name, row = read_row(line)
        row = _decoded(name, row)
        if batch and (name != last or len(batch) == _BATCH or row.keys() != batch[0].keys()):
            yield last, batch
            batch = []
        last = name
        batch.append(row)
    if batch:
        yield last, batch


def _line(data: dict[str, Any]) -> bytes:
    return json.dumps(data).encode() + b"\n"


def _encoded(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _decoded(table: str, row: dict[str, Any]) -> dict[str, Any]:
    columns = _BY_NAME[table].c
    return {
        name: datetime.fromisoformat(value)
        if isinstance(columns[name].type, UtcDateTime) and value is not None
        else value
        for name, value in row.items()
    }
