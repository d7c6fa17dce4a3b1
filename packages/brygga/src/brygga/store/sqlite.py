"""SQLite as it has to be for several processes at once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from operator import index
from pathlib import Path
from typing import Any

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, StoreError
from brygga.store.db_errors import explained, is_full
from brygga.store.read_only import is_writable, open_read_only, read_only
from brygga.store.sql import ColumnKind
from brygga.store.transaction import Backend, Transaction, Values, to_json
from brygga.store.url import sqlite_url


class SqliteTransaction(Transaction):
    """A transaction on a file. Who writes is alone, so that no row needs a lock of its own."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver

    def run(self, statement: str, values: Values) -> sqlite3.Cursor:
        """See `Transaction`."""
        with _refusing():
            return self._driver.execute(statement, _plain(values))

    def run_each(self, statement: str, rows: Sequence[Values]) -> None:
        """See `Transaction`."""
        with _refusing():
            self._driver.executemany(statement, [_plain(row) for row in rows])

    def encoded(self, kind: ColumnKind, value: Any) -> Any:
        """Times without a zone, to the microsecond: SQLite keeps text."""
        if kind is ColumnKind.TIME and value is not None:
            plain = value.astimezone(UTC).replace(tzinfo=None)
            return plain.isoformat(sep=" ", timespec="microseconds")
        return to_json(kind, value) if kind in (ColumnKind.JSON, ColumnKind.JSON_OR_NULL) else value

    def decoded(self, kind: ColumnKind, value: Any) -> Any:
        """See `Transaction`."""
        if value is None or kind is ColumnKind.PLAIN:
            return value
        if kind is ColumnKind.TIME:
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        if kind is ColumnKind.BOOLEAN:
            return bool(value)
        # A column declared as JSON has numeric affinity: a number alone does not stay text.
        # https://www.sqlite.org/datatype3.html#determination_of_column_affinity
        return value if isinstance(value, int | float) else json.loads(value)

    def member(self, column: str, name: str) -> str:
        """Of an object or a list; of a text it would be without its quotes."""
        return f"json_extract({column}, '$.{name}')"


class SqliteBackend(Backend):
    """Opens a file anew for each transaction.

    So a workspace needs no closing, may be used from any thread and survives a fork. Opening it
    again costs a fraction of a millisecond.
    """

    failure = sqlite3.Error

    def __init__(self, file: Path, lock_timeout_s: float) -> None:
        self.url = sqlite_url(file)
        self._file = file
        self._lock_timeout_s = lock_timeout_s

    @contextmanager
    def transaction(self, *, writing: bool, snapshot: bool = False) -> Iterator[Transaction]:  # noqa: ARG002
        """See `Backend`. Every transaction is a snapshot."""
        # A transaction that reads first and writes later cannot wait for its turn in SQLite: it
        # fails. Whoever will write takes the lock at the beginning; readers never do.
        try:
            with closing(self.connect() if writing else self._to_read()) as driver:
                driver.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
                try:
                    yield SqliteTransaction(driver)
                    driver.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.Error):
                        driver.execute("ROLLBACK")
                    raise
        except sqlite3.Error as error:
            raise self.explained(error) from error

    def connect(self) -> sqlite3.Connection:
        """See `Backend`."""
        driver, unwritable = self._opened()
        if unwritable is not None:
            driver.close()
            raise unwritable
        self.configure(driver)
        return driver

    def configure(self, driver: sqlite3.Connection) -> None:
        """Sets what holds for one connection."""
        driver.execute("PRAGMA foreign_keys = ON")

    def explained(self, error: BaseException) -> StoreError:
        """See `Backend`."""
        return explained(error, str(self.url))

    def is_no_table(self, error: BaseException) -> bool:
        """See `Backend`."""
        return isinstance(error, sqlite3.OperationalError) and "no such table" in str(error)

    def close(self) -> None:
        """Nothing stays open."""

    def _to_read(self) -> sqlite3.Connection:
        return self._opened()[0]

    def _opened(self) -> tuple[sqlite3.Connection, StoreError | None]:
        """The file for writing, or for reading alone and why it cannot be written."""
        if not is_writable(self._file):
            why = read_only(self._file, "it is not writable for this user")
            return open_read_only(self._file, self._lock_timeout_s), why
        driver = sqlite3.connect(
            self._file, timeout=self._lock_timeout_s, isolation_level=None, check_same_thread=False
        )
        try:
            driver.execute("SELECT 1 FROM sqlite_master")
        except sqlite3.OperationalError as error:
            driver.close()
            if not is_full(error):
                raise
            why = explained(error, str(self._file))
            return open_read_only(self._file, self._lock_timeout_s), why
        except BaseException:
            driver.close()
            raise
        return driver, None


@contextmanager
def _refusing() -> Iterator[None]:
    """What the driver cannot write down, it tells in errors that are not its own."""
    try:
        yield
    except (OverflowError, UnicodeEncodeError) as error:
        raise InvalidInputError(
            f"There can be nothing of this kind in the store: {error}.",
            code=ErrorCode.OPTION_INVALID,
            hint="Give text in UTF-8, and whole numbers of at most 64 bits.",
        ) from error


def _plain(values: Values) -> dict[str, Any]:
    """NumPy's whole numbers as Python's: of others the driver would keep the bytes in memory."""
    return {
        name: index(value) if type(value) not in _AS_THEY_ARE and hasattr(value, "__index__")
        else value
        for name, value in values.items()
    }  # fmt: skip


_AS_THEY_ARE = frozenset((str, int, float, bool, type(None)))
