"""Services as they are listed: with their current revision and newer ones, in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brygga.store.database import Database
from brygga.store.rows import RevisionOutline, ServiceOutline, ServiceRow, Whereabouts
from brygga.store.sql import ColumnKind, Query
from brygga.store.tables import revisions, services

SERVICE_COLUMNS = services.columns_but("workspace_id", "last_revision")
_OF_A_REVISION = "revision_"
_REVISION_COLUMNS = revisions.columns_but("workspace_id", "service", "bundle")


def outlines(database: Database, name: str | None, *, all_revisions: bool) -> list[ServiceOutline]:
    """Those of the workspace, by name; only the service of a name where one is given.

    Args:
        all_revisions: With those before the current one, too.
    """
    found: dict[str, tuple[ServiceRow, list[RevisionOutline]]] = {}
    with database.reading() as transaction:
        models = transaction.member("revisions.bundle", "models")
        query = _query(models, of_one=name is not None, all_revisions=all_revisions)
        for row in transaction.rows(query, database.mine(name=name)):
            of_service = {k: v for k, v in row.items() if not k.startswith(_OF_A_REVISION)}
            _, own = found.setdefault(row["name"], (service_row(of_service), []))
            start = len(_OF_A_REVISION)
            own.append(
                _outline({k[start:]: v for k, v in row.items() if k.startswith(_OF_A_REVISION)})
            )
    # In the order of code points, whatever the database's collation.
    return [ServiceOutline(row, tuple(own)) for _, (row, own) in sorted(found.items())]


def service_row(columns: Mapping[str, Any]) -> ServiceRow:
    """The row of a service, by its columns; those of its place belong together."""
    values = dict(columns)
    host, home = values.pop("host_name"), values.pop("home")
    return ServiceRow(**values, place=Whereabouts(host, home) if host else None)


def _query(models: str, *, of_one: bool, all_revisions: bool) -> Query:
    columns = {f"services.{name}": (name, services.columns[name]) for name in SERVICE_COLUMNS}
    for name in _REVISION_COLUMNS:
        columns[f"revisions.{name}"] = (_OF_A_REVISION + name, revisions.columns[name])
    columns[models] = (_OF_A_REVISION + "models", ColumnKind.JSON_OR_NULL)
    conditions = ["services.workspace_id = :workspace_id"]
    if of_one:
        conditions.append("services.name = :name")
    if not all_revisions:
        conditions.append("revisions.number >= coalesce(services.current_revision, 0)")
    return Query(
        f"SELECT {', '.join(columns)} FROM services JOIN revisions"
        " ON revisions.workspace_id = services.workspace_id AND revisions.service = services.name"
        f" WHERE {' AND '.join(conditions)} ORDER BY services.name, revisions.number",
        dict(columns.values()),
    )


def _outline(values: Mapping[str, Any]) -> RevisionOutline:
    models = tuple(f"{each['name']}:{each['version']}" for each in values["models"] or ())
    return RevisionOutline(**{**values, "models": models})
