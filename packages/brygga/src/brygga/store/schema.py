"""Brings a database to the schema this version of Brygga works with."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.hints import Hint, Shell
from brygga.store.database import transaction
from brygga.store.engine import sqlite_file
from brygga.store.filelock import FileLock
from brygga.store.files import new_file

HEAD = "0004"
MIGRATIONS = Path(__file__).parent / "migrations"

# Any number will do as long as everybody who migrates takes the same one.
_ADVISORY_LOCK = 0x62727967


def ensure_schema(
    engine: sa.Engine, *, create: bool = True, migrations: Path = MIGRATIONS, head: str = HEAD
) -> None:
    """Migrates the database unless one SELECT shows that it is current.

    Of an SQLite file a copy is kept beside it before it is migrated.

    Args:
        create: Whether to make the tables where there are none.

    Raises:
        StoreError: it was made by a newer Brygga, is empty and is not to be, or cannot be read or
            written.
    """
    found = _version(engine)
    if found == head:
        return
    if found is None and not create:
        raise _is_empty(engine.url)
    _refuse_newer(engine.url, found, head)
    file = sqlite_file(engine.url)
    if file is None:
        _migrate(engine, migrations)
        return
    with FileLock(file.with_name(file.name + ".lock"), purpose="migrating").acquired(timeout_s=60):
        found = _version(engine)  # somebody else may have been first
        if found == head:
            return
        _refuse_newer(engine.url, found, head)
        if found is not None:
            _keep_copy(file, file.with_name(f"{file.name}.{found}"))
        _use_write_ahead_log(engine)
        _migrate(engine, migrations)


def _is_empty(url: URL) -> StoreError:
    """Of a database that had rows: taken for a new one, all that they name would be unused."""
    return StoreError(
        f"The store {url.render_as_string(hide_password=True)} is empty, and it was not.",
        code=ErrorCode.STORE_MISSING,
        hint="Restore it from a backup, or move its folder away to begin anew.",
    )


def _version(engine: sa.Engine) -> str | None:
    """The revision of the schema; None where there are no tables yet."""
    with transaction(engine, writing=False) as connection:
        try:
            with connection.begin_nested():
                found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        except (sa.exc.OperationalError, sa.exc.ProgrammingError) as error:
            if not _means_no_table(error):
                raise
            return None
        return None if found is None else str(found)


def _means_no_table(error: sa.exc.DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) == "42P01" or "no such table" in str(error.orig)


def _refuse_newer(url: URL, found: str | None, head: str) -> None:
    # Revisions are numbered in their order, so that this needs no list of them.
    if found is not None and found > head:
        raise StoreError(
            f"The store {url.render_as_string(hide_password=True)} was written by a newer version "
            f"of Brygga (its schema is {found}, this version knows {head}).",
            code=ErrorCode.STORE_NEWER,
            hint=Hint.of("Upgrade with: {}", Shell(("pip", "install", "--upgrade", "brygga"))),
        )


def _keep_copy(file: Path, copy: Path) -> None:
    with new_file(copy.parent) as new:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(new.path)) as target:
            source.backup(target)
        new.become(copy)


def _use_write_ahead_log(engine: sa.Engine) -> None:
    # It is a property of the file and stays. Readers and a writer then do not wait for each other.
    with engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.execute("PRAGMA journal_mode = WAL")


def _migrate(engine: sa.Engine, migrations: Path) -> None:
    from alembic import command
    from alembic.config import Config

    with transaction(engine, writing=True) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        config = Config()
        config.set_main_option("script_location", str(migrations).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
