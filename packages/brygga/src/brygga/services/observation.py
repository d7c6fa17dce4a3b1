"""Looking at services: one read of the store, one look at each target. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from brygga.errors import NotFoundError
from brygga.services.dependencies import ServiceDependencies
from brygga.services.operation import is_busy
from brygga.services.revision import Revision, seen
from brygga.services.snapshot import ServiceSnapshot, snapshot_of
from brygga.store.rows import ServiceOutline
from brygga.targets.base import WorkloadState, WorkloadStatus


def look(parts: ServiceDependencies, name: str) -> ServiceSnapshot:
    """A service as it is now.

    Raises:
        NotFoundError: there is none of that name.
    """
    found = parts.store.services.outlines(name)
    if not found:
        raise NotFoundError("service", name, [row.name for row in parts.store.services.list()])
    return _snapshot(parts, found[0], _statuses(parts, found))


def look_at_all(parts: ServiceDependencies) -> list[ServiceSnapshot]:
    """All services as they are now, by name; each target is asked once."""
    found = parts.store.services.outlines()
    statuses = _statuses(parts, found)
    return [_snapshot(parts, outline, statuses) for outline in found]


def look_at_revisions(parts: ServiceDependencies, name: str) -> list[Revision]:
    """All revisions of a service that are kept, oldest first."""
    found = parts.store.services.outlines(name, all_revisions=True)
    if not found:
        raise NotFoundError("service", name, [row.name for row in parts.store.services.list()])
    outline, status = found[0], _statuses(parts, found).get(name)
    busy = _is_busy(parts, outline, status)
    return [seen(name, each, status, busy=busy) for each in outline.revisions]


def _snapshot(
    parts: ServiceDependencies, outline: ServiceOutline, statuses: Mapping[str, WorkloadStatus]
) -> ServiceSnapshot:
    row, status = outline.row, statuses.get(outline.row.name)
    elsewhere = parts.target(row.target).elsewhere(row.name, row.place)
    return snapshot_of(
        outline,
        status,
        busy=_is_busy(parts, outline, status),
        elsewhere=None if elsewhere is None else elsewhere.where,
        data_folder=parts.data_folder(row.name),
    )


def _statuses(
    parts: ServiceDependencies, outlines: Iterable[ServiceOutline]
) -> dict[str, WorkloadStatus]:
    """What their targets say of those that can be asked from here, by name."""
    names: dict[str, list[str]] = {}
    for row in (each.row for each in outlines):
        if parts.target(row.target).elsewhere(row.name, row.place) is None:
            names.setdefault(row.target, []).append(row.name)
    found: dict[str, WorkloadStatus] = {}
    for kind, of_target in names.items():
        found |= parts.target(kind).status_of_all(of_target)
    return found


def _is_busy(
    parts: ServiceDependencies, outline: ServiceOutline, status: WorkloadStatus | None
) -> bool:
    """Whether an operation is under way, where that tells anything."""
    if status is None or not _matters(outline, status):
        return False
    return is_busy(parts, outline.row.name)


def _matters(outline: ServiceOutline, status: WorkloadStatus) -> bool:
    """Whether it tells anything that an operation is under way: the target does not know all."""
    waiting = {each.number for each in outline.revisions if each.status == "pending"}
    unknown = waiting - {status.revision, status.pending}
    return status.state is WorkloadState.ABSENT or bool(unknown)
