"""The store of one workspace: what it keeps, by noun."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from brygga.errors import InUseError
from brygga.store.database import Database, insert_once, now, transaction
from brygga.store.engine import make_engine, parse_url
from brygga.store.environment_rows import EnvironmentRows
from brygga.store.lock_rows import LockRows
from brygga.store.model_rows import ModelRows
from brygga.store.rows import WorkspaceKey
from brygga.store.schema import ensure_schema
from brygga.store.service_rows import ServiceRows
from brygga.store.tables import model_files, revisions, services, workspaces


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

    def blobs_in_use(self, digests: Collection[str]) -> set[str]:
        """Which of these contents a model or a kept revision names."""
        mine = self._database.mine
        bundle = sa.cast(revisions.c.bundle, sa.Text)
        in_use = set()
        with self._database.reading() as connection:
            for digest in digests:
                by_model = sa.select(model_files.c.sha256).where(
                    mine(model_files), model_files.c.sha256 == digest
                )
                by_revision = sa.select(revisions.c.number).where(
                    mine(revisions), bundle.contains(digest)
                )
                if connection.scalar(sa.select(by_model.exists() | by_revision.exists())):
                    in_use.add(digest)
        return in_use

    def delete_workspace(self) -> None:
        """Removes every row of the workspace; idempotent. The store is of no use after it.

        Raises:
            InUseError: there are services.
        """
        mine = self._database.mine(services)
        with self._database.writing() as connection:
            names = sorted(connection.scalars(sa.select(services.c.name).where(mine)))
            if names:
                users = [f"the service {name!r}" for name in names]
                raise InUseError("workspace", self.workspace.name, users)
            connection.execute(
                sa.delete(workspaces).where(workspaces.c.id == self._database.workspace_id)
            )

    def close(self) -> None:
        """Closes idle connections; idempotent, and not needed before the end of the process."""
        self._database.close()


def open_store(
    url: str | sa.URL, workspace: WorkspaceKey, *, lock_timeout_s: float = 30.0
) -> Store:
    """Opens the store of a workspace; makes the tables and the workspace's row where missing.

    Args:
        url: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/DATABASE`.
        workspace: The rows of other workspaces are not seen.
        lock_timeout_s: How long a call waits for another process that writes.

    Raises:
        InvalidInputError: a URL of another kind.
        StoreError: the database is missing, locked, damaged, full, read-only or of a newer Brygga.
    """
    engine = make_engine(parse_url(url) if isinstance(url, str) else url, lock_timeout_s)
    try:
        ensure_schema(engine)
        return Store(Database(engine, _workspace_id(engine, workspace)), workspace)
    except BaseException:
        engine.dispose()
        raise


def _workspace_id(engine: sa.Engine, key: WorkspaceKey) -> int:
    with transaction(engine, writing=False) as connection:
        found = _find_workspace(connection, key)
    if found is not None:
        return found
    with transaction(engine, writing=True) as connection:
        values = {
            "subscription_id": key.subscription_id,
            "resource_group": key.resource_group,
            "name": key.name,
            "created_at": now(),
        }
        connection.execute(insert_once(connection, workspaces, values))
        found = _find_workspace(connection, key)
    assert found is not None
    return found


def _find_workspace(connection: sa.Connection, key: WorkspaceKey) -> int | None:
    return connection.scalar(
        sa.select(workspaces.c.id).where(
            workspaces.c.subscription_id == key.subscription_id,
            workspaces.c.resource_group == key.resource_group,
            workspaces.c.name == key.name,
        )
    )
