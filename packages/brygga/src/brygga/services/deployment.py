"""One revision's way from what a user asks for to what a target runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from brygga.errors import BryggaError, NotFoundError
from brygga.findings import Cause, Diagnosis
from brygga.images.bundle import Bundle
from brygga.operations import Progress
from brygga.services.certificate import read_key
from brygga.services.credentials import keep_credentials, key_hashes
from brygga.services.dependencies import ServiceDependencies
from brygga.services.operation import find_row, operation
from brygga.services.preparation import Deployment, prepare
from brygga.services.reconciliation import reconcile
from brygga.services.revision import INTERRUPTED
from brygga.services.workload import make_workload
from brygga.spec import Access, ServiceSpec
from brygga.store.rows import NewRevision, RevisionRow, ServiceRow
from brygga.targets.base import Target

KEPT_REVISIONS = 10


def deploy(parts: ServiceDependencies, asked: Deployment, progress: Progress) -> int:
    """Creates or updates a service; returns when the new revision is starting.

    The same bundle and spec as those that serve already change nothing.

    Returns:
        The number of the newest revision.
    """
    name = asked.name
    meant, sentences = asked.asked.heeding_variables()
    asked = replace(asked, asked=meant)
    with operation(parts, name, "deploy"):
        for sentence in sentences:
            progress.remark(sentence)
        if parts.store.services.find(name) is not None:
            parts.target_of(find_row(parts, name))
            reconcile(parts, name)
        # The same content may be here and unused: it must not go before the revision names it.
        with parts.blobs.keeping():
            ready = prepare(parts, asked, progress)
            if ready.newest is not None and ready.is_served:
                progress.remark("Nothing has changed: the service runs this already.")
                # Unless a change of keys was cut short.
                ready.target.set_keys(name, key_hashes(parts, ready.spec))
                return ready.newest.number
            for change in ready.changes(parts):
                progress.remark(str(change))
            new = _new_revision(ready.target, ready.spec, ready.bundle)
            new = replace(new, tags=ready.tags, description=ready.description)
            revision = parts.store.services.add_revision(new)
        # Not before there is a revision: a service that was never made leaves no secrets, and one
        # whose update is cut short here keeps those it serves with.
        is_new = ready.row is None
        with _undone_on_failure(parts, revision, ready.target, is_new=is_new):
            keep_credentials(
                parts,
                ready.spec,
                secrets=ready.secrets,
                keys=ready.keys,
                tls_key=_tls_key(asked.asked.access),
                is_new=is_new,
            )
            _apply(parts, revision, ready.target, progress)
        return revision.number


def hand_over(
    parts: ServiceDependencies,
    row: ServiceRow,
    spec: ServiceSpec,
    bundle: Bundle,
    progress: Progress,
) -> int:
    """Gives a service that is there a new revision; within an operation on it.

    Returns:
        The number of the new revision.
    """
    target = parts.target_of(row)
    revision = parts.store.services.add_revision(_new_revision(target, spec, bundle))
    with _undone_on_failure(parts, revision, target, is_new=False):
        _apply(parts, revision, target, progress)
    return revision.number


def _tls_key(access: Access) -> str | None:
    return read_key(access.tls) if isinstance(access.tls, tuple) else None


def _new_revision(target: Target, spec: ServiceSpec, bundle: Bundle) -> NewRevision:
    return NewRevision(
        service=spec.name,
        target=target.kind,
        place=target.place,
        spec=spec.to_dict(),
        bundle=bundle.to_dict(),
        bundle_digest=bundle.digest,
        models=bundle.registered,
    )


def _apply(
    parts: ServiceDependencies, revision: RevisionRow, target: Target, progress: Progress
) -> None:
    name = revision.service
    progress.revision(revision.number)
    target.apply(make_workload(parts, revision), progress)
    serving = target.status(name).revision
    if serving is not None and serving != revision.number:
        # It is not the newest, so that nothing but this keeps it among those that are kept.
        with contextlib.suppress(NotFoundError):
            parts.store.services.set_current(name, serving)
    parts.store.services.prune(name, KEPT_REVISIONS)


@contextmanager
def _undone_on_failure(
    parts: ServiceDependencies, revision: RevisionRow, target: Target, *, is_new: bool
) -> Iterator[None]:
    """Leaves nothing of a first revision that cannot be applied, and marks a later one."""
    name = revision.service
    try:
        yield
    except BaseException as error:
        if is_new:
            target.delete(name)
            parts.secrets.delete(name)
            parts.store.services.delete(name)
        else:
            diagnosis = _why(error).to_dict()
            parts.store.services.mark(name, revision.number, "failed", diagnosis)
        raise


def _why(error: BaseException) -> Diagnosis:
    if isinstance(error, BryggaError):
        return Diagnosis(Cause.UNKNOWN, error.message)
    if isinstance(error, Exception):
        return Diagnosis(Cause.UNKNOWN, f"{type(error).__name__}: {error}")
    return INTERRUPTED
