"""Looking at services: one read of the store, one look at each target. Nothing is written."""

from __future__ import annotations

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
    return _look(parts, found[0])


def look_at_all(parts: ServiceDependencies) -> list[ServiceSnapshot]:
    """All services as they are now, by name."""
    return [_look(parts, outline) for outline in parts.store.services.outlines()]


def look_at_revisions(parts: ServiceDependencies, name: str) -> list[Revision]:
    """All revisions of a service that are kept, oldest first."""
    found = parts.store.services.outlines(name, all_revisions=True)
    if not found:
        raise NotFoundError("service", name, [row.name for row in parts.store.services.list()])
    outline = found[0]
    status, busy = _ask(parts, outline)
    return [seen(name, each, status, busy=busy) for each in outline.revisions]


def _look(parts: ServiceDependencies, outline: ServiceOutline) -> ServiceSnapshot:
    row = outline.row
    status, busy = _ask(parts, outline)
    found = parts.target(row.target).elsewhere(row.name, row.place)
    return snapshot_of(
        outline,
        status,
        busy=busy,
        elsewhere=None if found is None else found.where,
        data_folder=parts.data_folder(row.name),
    )


def _ask(parts: ServiceDependencies, outline: ServiceOutline) -> tuple[WorkloadStatus | None, bool]:
    """What its target says, where it can be asked, and whether an operation is under way."""
    row = outline.row
    target = parts.target(row.target)
    if target.elsewhere(row.name, row.place) is not None:
        return None, False
    status = target.status(row.name)
    return status, _matters(outline, status) and is_busy(parts, row.name)


def _matters(outline: ServiceOutline, status: WorkloadStatus) -> bool:
    """Whether it tells anything that an operation is under way: the target does not know all."""
    waiting = {each.number for each in outline.revisions if each.status == "pending"}
    unknown = waiting - {status.revision, status.pending}
    return status.state is WorkloadState.ABSENT or bool(unknown)
