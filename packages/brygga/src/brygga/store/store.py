"""The store of one workspace: what it keeps, by noun."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from brygga.errors import InUseError
from brygga.store.database import Database, now
from brygga.store.document_rows import DocumentRows
from brygga.store.environment_rows import EnvironmentRows
from brygga.store.image_rows import ImageRows
from brygga.store.lock_rows import LockRows
from brygga.store.model_rows import ModelRows
from brygga.store.read_only import is_writable
from brygga.store.reserve import Reserve
from brygga.store.row_lines import has_things, replace_rows, write_rows
from brygga.store.rows import Whereabouts, WorkspaceKey
from brygga.store.run_rows import RunRows
from brygga.store.schema import ensure_schema
from brygga.store.service_rows import ServiceRows
from brygga.store.sql import equal
from brygga.store.tables import images, workspaces
from brygga.store.transaction import Backend, Transaction
from brygga.store.url import StoreUrl, parse_url

_DIGEST = re.compile("[0-9a-f]{64}")


class Store:
    """The rows of one workspace. Every call is one transaction; nothing is cached.

    It may be used by several threads and processes at once.
    """

    def __init__(self, database: Database, workspace: WorkspaceKey) -> None:
        self._database = database
        self.workspace = workspace
        self.models = ModelRows(database)
        self.locks = LockRows(database)
        self.environments = EnvironmentRows(database)
        self.services = ServiceRows(database)
        self.runs = RunRows(database)
        self.documents = DocumentRows(database)
        self.images = ImageRows(database)

    @property
    def transactions(self) -> int:
        """How many there were since it was opened."""
        return self._database.transactions

    def blobs_in_use(self, digests: Collection[str]) -> set[str]:
        """Which of these contents a model, a kept revision, an image or a run names."""
        asked, named, mine = set(digests), set(), self._database.mine()
        with self._database.reading() as transaction:
            for table in ("model_files", "run_files"):
                query = f"SELECT DISTINCT sha256 FROM {table} WHERE {equal(mine)}"
                named |= asked.intersection(transaction.column(query, mine))
            for table in ("revisions", "images"):
                text = "CAST(bundle AS TEXT)"
                query = f"SELECT DISTINCT {text} FROM {table} WHERE {equal(mine)}"
                for bundle in transaction.column(query, mine):
                    named |= asked.intersection(_DIGEST.findall(bundle))
        return named

    def row_lines(self) -> Iterator[bytes]:
        """Every row of the workspace as of one moment, each a line of JSON: see `row_lines`."""
        return write_rows(self._database)

    def has_things(self) -> bool:
        """Whether there is anything in the workspace that somebody would miss."""
        return has_things(self._database)

    def replace_rows(self, lines: Iterable[bytes], *, place: Whereabouts, replace: bool) -> None:
        """Puts rows that `row_lines` gave in place of those there are: see `row_lines`."""
        name = self.workspace.name
        replace_rows(self._database, lines, name=name, place=place, replace=replace)

    def delete_workspace(self) -> None:
        """Removes every row of the workspace; idempotent. The store is of no use after it.

        Raises:
            InUseError: there are services.
        """
        mine = self._database.mine()
        with self._database.writing() as transaction:
            query = f"SELECT name FROM services WHERE {equal(mine)}"
            names = sorted(transaction.column(query, mine))
            if names:
                users = [f"the service {name!r}" for name in names]
                raise InUseError("workspace", self.workspace.name, users)
            transaction.delete(images, mine)  # before the models, which they hold
            transaction.delete(workspaces, {"id": self._database.workspace_id})

    def close(self) -> None:
        """Closes idle connections; idempotent, and not needed before the end of the process."""
        self._database.close()


def open_store(
    url: str | StoreUrl,
    workspace: WorkspaceKey,
    *,
    user: str | None = None,
    create: bool = True,
    lock_timeout_s: float = 30.0,
) -> Store:
    """Opens the store of a workspace; makes the tables and the workspace's row where missing.

    Args:
        url: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/DATABASE`.
        workspace: The rows of other workspaces are not seen.
        create: Whether tables may be made; otherwise a database without any is refused.
        user: Who makes the rows that are added; None for the user of this process.
        lock_timeout_s: How long a call waits for another process that writes.

    Raises:
        InvalidInputError: a URL of another kind.
        StoreError: the database is missing, locked, damaged, full, read-only or of a newer Brygga.
    """
    backend = make_backend(parse_url(url) if isinstance(url, str) else url, lock_timeout_s)
    try:
        ensure_schema(backend, create=create)
        workspace_id, reserve = _workspace_id(backend, workspace), _reserve(backend.url.file)
        return Store(Database(backend, workspace_id, user, reserve), workspace)
    except BaseException:
        backend.close()
        raise


def make_backend(url: StoreUrl, lock_timeout_s: float) -> Backend:
    """What opens transactions there; only the driver that is needed is imported.

    Raises:
        StoreError: the driver for PostgreSQL is not installed.
    """
    if url.file is not None:
        from brygga.store.sqlite import SqliteBackend

        return SqliteBackend(url.file, lock_timeout_s)
    from brygga.store.postgresql import PostgresqlBackend

    return PostgresqlBackend(url, lock_timeout_s)


def _reserve(file: Path | None) -> Reserve | None:
    if file is None:
        return None
    reserve = Reserve(file.with_name(f"{file.name}.reserve"))
    if is_writable(file):
        reserve.keep()
    return reserve


def _workspace_id(backend: Backend, key: WorkspaceKey) -> int:
    with backend.transaction(writing=False) as transaction:
        found = _find_workspace(transaction, key)
    if found is not None:
        return found
    with backend.transaction(writing=True) as transaction:
        transaction.insert_once(workspaces, {**vars(key), "created_at": now()})
        found = _find_workspace(transaction, key)
    assert found is not None
    return found


def _find_workspace(transaction: Transaction, key: WorkspaceKey) -> int | None:
    values = vars(key)
    found: int | None = transaction.scalar(
        f"SELECT id FROM workspaces WHERE {equal(values)}", values
    )
    return found
