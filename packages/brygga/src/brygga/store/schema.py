"""Brings a database to the schema this version of Brygga works with."""

from __future__ import annotations

from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.hints import Hint, Shell
from brygga.store.filelock import FileLock
from brygga.store.transaction import Backend
from brygga.store.url import StoreUrl

HEAD = "0004"
MIGRATIONS = Path(__file__).parent / "migrations"


def ensure_schema(
    backend: Backend, *, create: bool = True, migrations: Path = MIGRATIONS, head: str = HEAD
) -> None:
    """Migrates the database unless one SELECT shows that it is current.

    Of an SQLite file a copy is kept beside it before it is migrated.

    Args:
        create: Whether to make the tables where there are none.

    Raises:
        StoreError: it was made by a newer Brygga, is empty and is not to be, or cannot be read or
            written.
    """
    found = _version(backend)
    if found == head:
        return
    if found is None and not create:
        raise _is_empty(backend.url)
    _refuse_newer(backend.url, found, head)
    # What only a migration needs takes longer to import than all else that a command does.
    from brygga.store.migrating import keep_copy, migrate

    file = backend.url.file
    if file is None:
        migrate(backend, migrations)
        return
    with FileLock(file.with_name(file.name + ".lock"), purpose="migrating").acquired(timeout_s=60):
        found = _version(backend)  # somebody else may have been first
        if found == head:
            return
        _refuse_newer(backend.url, found, head)
        if found is not None:
            keep_copy(file, file.with_name(f"{file.name}.{found}"))
        migrate(backend, migrations)


def _is_empty(url: StoreUrl) -> StoreError:
    """Of a database that had rows: taken for a new one, all that they name would be unused."""
    return StoreError(
        f"The store {url} is empty, and it was not.",
        code=ErrorCode.STORE_MISSING,
        hint="Restore it from a backup, or move its folder away to begin anew.",
    )


def _version(backend: Backend) -> str | None:
    """The revision of the schema; None where there are no tables yet."""
    try:
        with backend.transaction(writing=False) as transaction:
            found = transaction.scalar("SELECT version_num FROM alembic_version", {})
    except StoreError as error:
        if error.__cause__ is None or not backend.is_no_table(error.__cause__):
            raise
        return None
    return None if found is None else str(found)


def _refuse_newer(url: StoreUrl, found: str | None, head: str) -> None:
    # Revisions are numbered in their order, so that this needs no list of them.
    if found is not None and found > head:
        raise StoreError(
            f"The store {url} was written by a newer version "
            f"of Brygga (its schema is {found}, this version knows {head}).",
            code=ErrorCode.STORE_NEWER,
            hint=Hint.of("Upgrade with: {}", Shell(("pip", "install", "--upgrade", "brygga"))),
        )
