"""PostgreSQL, for what several hosts share."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.hints import Hint, Shell
from brygga.store.db_errors import explained
from brygga.store.sql import ColumnKind
from brygga.store.transaction import Backend, Cursor, Transaction, Values, to_json
from brygga.store.url import StoreUrl

if TYPE_CHECKING:
    import psycopg

_CONNECT_TIMEOUT_S = 10
_ROWS_AT_ONCE = 500


class PostgresqlTransaction(Transaction):
    """A transaction on a server."""

    lock = " FOR UPDATE"
    share = " FOR KEY SHARE"

    def __init__(self, driver: psycopg.Connection, *, streaming: bool) -> None:
        self._driver = driver
        self._streaming = streaming
        self._cursors = 0

    def run(self, statement: str, values: Values) -> Cursor:
        """See `Transaction`."""
        if not self._streaming:
            return self._driver.execute(_in_its_words(statement), values)
        self._cursors += 1
        cursor = self._driver.cursor(name=f"rows_{self._cursors}")
        cursor.itersize = _ROWS_AT_ONCE
        return cursor.execute(_in_its_words(statement), values)

    def run_each(self, statement: str, rows: Sequence[Values]) -> None:
        """See `Transaction`."""
        with self._driver.cursor() as cursor:
            cursor.executemany(_in_its_words(statement), rows)

    def encoded(self, kind: ColumnKind, value: Any) -> Any:
        """See `Transaction`."""
        return to_json(kind, value) if kind in (ColumnKind.JSON, ColumnKind.JSON_OR_NULL) else value

    def decoded(self, kind: ColumnKind, value: Any) -> Any:
        """The driver reads all but the zone of the time, which is the session's."""
        return value.astimezone(UTC) if kind is ColumnKind.TIME and value is not None else value

    def member(self, column: str, name: str) -> str:
        """See `Transaction`."""
        return f"{column} -> '{name}'"


class PostgresqlBackend(Backend):
    """Keeps one connection open between transactions, and has more while there are more at once."""

    def __init__(self, url: StoreUrl, lock_timeout_s: float) -> None:
        try:
            import psycopg
        except ModuleNotFoundError as error:
            raise StoreError(
                "A store in PostgreSQL needs its driver, which is not installed.",
                code=ErrorCode.EXTRA_NOT_INSTALLED,
                hint=Hint.of("Install it with: {}", Shell(("pip", "install", "brygga[postgres]"))),
            ) from error
        self.url = url
        self.failure = psycopg.Error
        self._psycopg = psycopg
        self._lock_timeout_s = lock_timeout_s
        self._idle: psycopg.Connection | None = None
        self._idle_of = 0  # the process that opened it: a child must not talk on it
        self._lock = Lock()

    @contextmanager
    def transaction(self, *, writing: bool, snapshot: bool = False) -> Iterator[Transaction]:  # noqa: ARG002
        """See `Backend`. Without `snapshot` each query sees what is committed when it begins."""
        try:
            driver = self._begun(snapshot=snapshot)
            try:
                yield PostgresqlTransaction(driver, streaming=snapshot)
                driver.commit()
            except BaseException:
                with suppress(self.failure):
                    driver.rollback()
                raise
            finally:
                self._give_back(driver)
        except self.failure as error:
            raise self.explained(error) from error

    def explained(self, error: BaseException) -> StoreError:
        """See `Backend`."""
        unreachable = isinstance(error, self._psycopg.OperationalError)
        return explained(error, str(self.url), unreachable=unreachable)

    def is_no_table(self, error: BaseException) -> bool:
        """See `Backend`."""
        return isinstance(error, self._psycopg.errors.UndefinedTable)

    def close(self) -> None:
        """See `Backend`."""
        driver = self._taken()
        if driver is not None:
            driver.close()

    def connect(self) -> psycopg.Connection:
        """See `Backend`."""
        from psycopg.conninfo import conninfo_to_dict

        given = conninfo_to_dict(self.url.address)
        options = f"{given.get('options') or ''} -c lock_timeout={int(self._lock_timeout_s * 1000)}"
        timeout = given.get("connect_timeout") or _CONNECT_TIMEOUT_S
        return self._psycopg.connect(
            self.url.address, options=options.strip(), connect_timeout=timeout
        )

    def _begun(self, *, snapshot: bool) -> psycopg.Connection:
        level = self._psycopg.IsolationLevel.REPEATABLE_READ if snapshot else None
        driver = self._taken()
        if driver is not None:
            try:  # the server may have ended it meanwhile
                driver.isolation_level = level
                driver.execute("SELECT 1")
            except self._psycopg.Error:
                driver.close()
            else:
                return driver
        driver = self.connect()
        driver.isolation_level = level
        return driver

    def _taken(self) -> psycopg.Connection | None:
        with self._lock:
            driver, self._idle = self._idle, None
        return driver if self._idle_of == os.getpid() else None

    def _give_back(self, driver: psycopg.Connection) -> None:
        with self._lock:
            if self._idle is None and not driver.closed:
                self._idle, self._idle_of = driver, os.getpid()
                return
        driver.close()


@lru_cache(maxsize=256)
def _in_its_words(statement: str) -> bytes:
    """With values named as the driver does it."""
    return re.sub(r":(\w+)", r"%(\1)s", statement).encode()
