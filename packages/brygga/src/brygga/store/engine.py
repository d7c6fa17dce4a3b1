"""An engine for a URL: SQLite as it has to be for several processes, or PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, StoreError
from brygga.hints import Hint, Shell
from brygga.store.db_errors import explained, is_full
from brygga.store.read_only import is_writable, open_read_only, read_only

_UNWRITABLE = "unwritable"
_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}


def sqlite_url(path: Path) -> URL:
    """The URL of a file; any character may be in its name."""
    return URL.create("sqlite", database=str(path))


def parse_url(text: str) -> URL:
    """Reads a store's URL, and puts the driver in that Brygga uses.

    Raises:
        InvalidInputError: it is no URL, or one of another database.
    """
    hint = "Give BRYGGA_STORE_URL as sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE."
    try:
        url = make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise InvalidInputError(
            "The store's URL cannot be read.", code=ErrorCode.STORE_URL_INVALID, hint=hint
        ) from None
    kind = url.get_backend_name()
    if kind not in _DRIVERS:
        raise InvalidInputError(
            f"The store cannot be kept in {kind!r}.", code=ErrorCode.STORE_URL_INVALID, hint=hint
        )
    if kind == "sqlite" and url.database in (None, "", ":memory:"):
        raise InvalidInputError(
            "The store needs a file, not memory.", code=ErrorCode.STORE_URL_INVALID, hint=hint
        )
    return url.set(drivername=_DRIVERS[kind])


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite URL; None for another engine."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def make_engine(url: URL, lock_timeout_s: float) -> sa.Engine:
    """An engine whose writing transactions are those begun with the option `writing`."""
    if sqlite_file(url) is not None:
        return _sqlite(url, lock_timeout_s)
    timeout = f"-c lock_timeout={int(lock_timeout_s * 1000)}"
    try:
        return sa.create_engine(
            url,
            pool_size=1,
            pool_pre_ping=True,
            connect_args={"options": timeout, "connect_timeout": 10},
        )
    except ModuleNotFoundError as error:
        raise StoreError(
            "A store in PostgreSQL needs its driver, which is not installed.",
            code=ErrorCode.EXTRA_NOT_INSTALLED,
            hint=Hint.of("Install it with: {}", Shell(("pip", "install", "brygga[postgres]"))),
        ) from error


def _sqlite(url: URL, lock_timeout_s: float) -> sa.Engine:
    # No pool: nothing stays open between two calls, so a workspace needs no closing, may be used
    # from any thread and survives a fork. Opening the file again costs a fraction of a millisecond.
    engine = sa.create_engine(
        url, poolclass=sa.pool.NullPool, connect_args={"timeout": lock_timeout_s}
    )
    sa.event.listen(engine, "do_connect", partial(_connect, Path(url.database or "")))
    sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _connect(
    file: Path,
    dialect: sa.Dialect,
    record: sa.pool.ConnectionPoolEntry,
    args: Sequence[Any],
    params: Mapping[str, Any],
) -> sqlite3.Connection:
    """Opens the file for writing, or for reading alone where it cannot be written."""
    timeout = float(params["timeout"])
    if not is_writable(file):
        record.info[_UNWRITABLE] = read_only(file, "it is not writable for this user")
        return open_read_only(file, timeout)
    connection: sqlite3.Connection = dialect.loaded_dbapi.connect(*args, **params)
    try:
        connection.execute("SELECT 1 FROM sqlite_master")
    except sqlite3.OperationalError as error:
        connection.close()
        if not is_full(error):
            raise
        record.info[_UNWRITABLE] = explained(error, str(file))
        return open_read_only(file, timeout)
    return connection


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by _begin, not by the driver
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later cannot wait for its turn in SQLite: it fails.
    # Whoever will write takes the lock at the beginning; readers never do.
    writing = connection.get_execution_options().get("writing", False)
    if writing and _UNWRITABLE in connection.info:
        raise connection.info[_UNWRITABLE]
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
