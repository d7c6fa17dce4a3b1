"""What a target shows is cleared up and written down, by those who change a service anyway."""

from __future__ import annotations

from brygga.services.dependencies import ServiceDependencies
from brygga.services.revision import fate
from brygga.targets.base import WorkloadState


def reconcile(parts: ServiceDependencies, name: str) -> None:
    """Ends what will never serve, and notes which revision serves and what became of the others.

    To be called by whoever holds the service's lock: a revision that its target does not know
    then has lost its deployment.
    """
    for outline in parts.store.services.outlines(name):
        row = outline.row
        target = parts.target(row.target)
        if target.elsewhere(name, row.place) is not None:
            continue
        target.reconcile(name)
        status = target.status(name)
        for revision in outline.revisions:
            if revision.status != "pending":
                continue
            became, diagnosis = fate(revision.number, status, busy=False)
            if became != "pending":
                data = None if diagnosis is None else diagnosis.to_dict()
                parts.store.services.mark(name, revision.number, became, data)
        serves = status.state is WorkloadState.READY and outline.find(status.revision) is not None
        if serves and status.revision not in (None, row.current_revision):
            parts.store.services.set_current(name, status.revision)


def reconcile_if_free(parts: ServiceDependencies, name: str) -> None:
    """The same, unless an operation on the service runs, which has done so."""
    with parts.operation(name, "note how it fares").tried() as alone:
        if alone:
            reconcile(parts, name)
