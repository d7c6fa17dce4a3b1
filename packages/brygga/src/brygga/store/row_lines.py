"""All rows of a workspace as lines of JSON, whatever the database, and back.

The first line names the schema; each other is one row, and rows that others refer to come first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from brygga.error_codes import ErrorCode
from brygga.errors import InUseError, StoreError
from brygga.hints import Argument, Hint, Verb
from brygga.store.database import Database
from brygga.store.rows import Whereabouts
from brygga.store.schema import HEAD
from brygga.store.sql import ColumnKind, equal, select
from brygga.store.tables import (
    OF_A_WORKSPACE,
    counters,
    documents,
    environments,
    experiments,
    images,
    models,
    services,
)
from brygga.store.transaction import Transaction

_BY_NAME = {table.name: table for table in OF_A_WORKSPACE}
_THINGS = (models, environments, images, services, experiments, documents)
_LARGER = "CASE WHEN counters.last < excluded.last THEN excluded.last ELSE counters.last END"
_BATCH = 200


def write_rows(database: Database) -> Iterator[bytes]:
    """Every row, all as of one moment."""
    yield _line({"schema": HEAD})
    with database.snapshot() as transaction:
        mine = database.mine()
        for table in OF_A_WORKSPACE:
            query = select(table, equal(mine), table.columns_but("workspace_id"))
            for row in transaction.rows(query.then("ORDER BY " + ", ".join(table.key)), mine):
                values = {k: _encoded(v) for k, v in row.items()}
                yield _line({"table": table.name, "row": values})


def read_row(line: bytes) -> tuple[str, dict[str, Any]]:
    """The table and the values of a line; no table for the first one."""
    data = json.loads(line)
    return str(data.get("table", "")), data.get("row", data)


def has_things(database: Database) -> bool:
    """Whether there is anything in the workspace that somebody would miss."""
    with database.reading() as transaction:
        return _has_things(database, transaction)


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
    with database.writing() as transaction:
        if not replace and _has_things(database, transaction):
            raise not_empty(name)
        mine = database.mine()
        there = set(transaction.column(f"SELECT name FROM services WHERE {equal(mine)}", mine))
        numbers = list(transaction.rows(select(counters, equal(mine)), mine))
        for table in reversed(OF_A_WORKSPACE):
            transaction.delete(table, mine)
        for table_name, batch in _batches(lines):
            values = [database.mine(**row) for row in batch]
            if table_name == services.name:
                there -= {row["name"] for row in values}
                for row in values:
                    if row["host_name"]:
                        row |= {"host_name": place.host, "home": place.home}
            transaction.insert(_BY_NAME[table_name], *values)
        if there:
            raise InUseError("workspace", name, [f"the service {each!r}" for each in sorted(there)])
        for row in numbers:
            transaction.upsert(counters, row, {"last": _LARGER})


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


def _has_things(database: Database, transaction: Transaction) -> bool:
    mine = database.mine()
    queries = (f"SELECT 1 FROM {t.name} WHERE {equal(mine)} LIMIT 1" for t in _THINGS)
    return any(transaction.scalar(query, mine) is not None for query in queries)


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
    columns = _BY_NAME[table].columns
    return {
        name: datetime.fromisoformat(value)
        if columns[name] is ColumnKind.TIME and value is not None
        else value
        for name, value in row.items()
    }
