"""Services as they are listed: with their current revision and newer ones, in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from brygga.store.database import Database
from brygga.store.rows import RevisionOutline, ServiceOutline, ServiceRow, Whereabouts
from brygga.store.tables import revisions, services

_OF_A_REVISION = "revision_"


def outlines(
    database: Database, chosen: sa.Select[Any], name: str | None, *, all_revisions: bool
) -> list[ServiceOutline]:
    """Those of the workspace, by name; only the service of a name where one is given.

    Args:
        chosen: Selects the columns of `ServiceRow`.
        all_revisions: With those before the current one, too.
        all_revisions: With those before the current one, too.
    """
    r, s = revisions.c, services.c
    columns = {
        "number": r.number,
        "spec": r.spec,
        "bundle_digest": r.bundle_digest,
        "models": r.bundle["models"],
        "status": r.status,
        "diagnosis": r.diagnosis,
        "created_at": r.created_at,
        "created_by": r.created_by,
    }
    matters = sa.and_(r.workspace_id == s.workspace_id, r.service == s.name)
    if not all_revisions:
        matters = sa.and_(matters, r.number >= sa.func.coalesce(s.current_revision, 0))
    query = (
        chosen.add_columns(*(each.label(_OF_A_REVISION + key) for key, each in columns.items()))
        .join_from(services, revisions, matters)
        .order_by(s.name, r.number)
    )
    if name is not None:
        query = query.where(s.name == name)
    found: dict[str, tuple[ServiceRow, list[RevisionOutline]]] = {}
    with database.reading() as connection:
        for row in connection.execute(query).mappings():
            of_service = {k: v for k, v in row.items() if not k.startswith(_OF_A_REVISION)}
            _, own = found.setdefault(row["name"], (service_row(of_service), []))
            own.append(_outline({k: row[_OF_A_REVISION + k] for k in columns}))
    # In the order of code points, whatever the database's collation.
    return [ServiceOutline(row, tuple(own)) for _, (row, own) in sorted(found.items())]


def service_row(columns: Mapping[Any, Any]) -> ServiceRow:
    """The row of a service, by its columns; those of its place belong together."""
    values = dict(columns)
    host, home = values.pop("host_name"), values.pop("home")
    return ServiceRow(**values, place=Whereabouts(host, home) if host else None)


def _outline(values: Mapping[str, Any]) -> RevisionOutline:
    models = tuple(f"{each['name']}:{each['version']}" for each in values["models"] or ())
    return RevisionOutline(**{**values, "models": models})
