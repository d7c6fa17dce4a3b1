"""Runs the migrations. The only part of the store that needs SQLAlchemy and alembic."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from brygga.store.files import new_file
from brygga.store.transaction import Backend

# Any number will do as long as everybody who migrates takes the same one.
_ADVISORY_LOCK = 0x62727967


def migrate(backend: Backend, migrations: Path, to: str = "head") -> None:
    """Brings the schema up to a revision, in one transaction.

    Raises:
        StoreError: it cannot be.
    """
    try:
        with closing(backend.connect()) as driver:
            if backend.url.file is not None:
                # It is a property of the file and stays. Readers and a writer then do not wait for
                # each other.
                driver.execute("PRAGMA journal_mode = WAL")
                dialect, begin = "sqlite+pysqlite://", "BEGIN IMMEDIATE"
            else:
                dialect = "postgresql+psycopg://"
                begin = f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"
            wrapped = sa.create_engine(
                dialect, creator=lambda: driver, poolclass=sa.pool.StaticPool
            )
            with wrapped.connect() as connection:
                connection.exec_driver_sql(begin)
                config = Config()
                config.set_main_option("script_location", str(migrations).replace("%", "%%"))
                config.attributes["connection"] = connection
                command.upgrade(config, to)
                connection.commit()
    except backend.failure as error:
        raise backend.explained(error) from error
    except sa.exc.DBAPIError as error:
        raise backend.explained(error.orig or error) from error


def keep_copy(file: Path, copy: Path) -> None:
    """A copy of an SQLite file, as it is at this moment."""
    with new_file(copy.parent) as new:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(new.path)) as target:
            source.backup(target)
        new.become(copy)
