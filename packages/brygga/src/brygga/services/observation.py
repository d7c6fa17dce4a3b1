"""What a service does now: its target is asked, and the store learns what it says."""

from __future__ import annotations

from brygga.findings import Diagnosis
from brygga.services import deployment
from brygga.services.dependencies import ServiceDependencies
from brygga.store.rows import ServiceRow
from brygga.targets.base import WorkloadState, WorkloadStatus


def observe(parts: ServiceDependencies, row: ServiceRow) -> WorkloadStatus:
    """Asks the target of a service, and notes in the store what it says of revisions."""
    name, rows = row.name, parts.store.services
    status = parts.target_of(row).status(name)
    pending = {r.number for r in rows.revisions(name) if r.status == "pending"}
    if status.state is WorkloadState.READY and status.revision is not None:
        if status.revision in pending:
            rows.mark(name, status.revision, "ready")
        if status.revision != row.current_revision:
            rows.set_current(name, status.revision)
    elif status.state is WorkloadState.FAILED and status.revision in pending:
        _mark_failed(parts, name, status.revision, status.diagnosis)
    if status.pending_state is WorkloadState.FAILED and status.pending in pending:
        _mark_failed(parts, name, status.pending, status.pending_diagnosis)
    if pending - {status.revision, status.pending}:
        deployment.mark_interrupted(parts, row)
    return status


def _mark_failed(
    parts: ServiceDependencies, name: str, number: int | None, diagnosis: Diagnosis | None
) -> None:
    if number is not None:
        data = None if diagnosis is None else diagnosis.to_dict()
        parts.store.services.mark(name, number, "failed", data)
