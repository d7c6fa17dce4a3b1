"""One revision's way from what a user asks for to what a target runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from brygga.error_codes import ErrorCode
from brygga.errors import BryggaError, InvalidInputError, NotFoundError
from brygga.findings import Cause, Diagnosis
from brygga.hints import Action, Hint, Verb
from brygga.images.bundle import Bundle
from brygga.names import check_variables
from brygga.operations import Progress
from brygga.services.bundling import Served, model_ids
from brygga.services.certificate import read_certificate, read_key
from brygga.services.credentials import keep_credentials, key_hashes, secrets_of
from brygga.services.dependencies import ServiceDependencies
from brygga.services.operation import operation
from brygga.services.reconciliation import reconcile
from brygga.services.revision import INTERRUPTED
from brygga.services.workload import make_workload
from brygga.spec import SPEC_OPTIONS, Access, Asked, ServiceSpec
from brygga.spec.change import changes_between
from brygga.store.rows import NewRevision, RevisionRow, ServiceRow
from brygga.targets.base import Target, WorkloadState

KEPT_REVISIONS = 10
DEFAULT_TARGET = "process"


@dataclass(frozen=True)
class Deployment:
    """What a user asks for; what is not said stays as the service has it.

    Attributes:
        target: None is that of the service, or the default one.
        fresh: What is not said of the spec takes its default instead.
        reset: Names of options that take their defaults again.
        tags: None keeps those of a service that is there; so do description and secrets.
    """

    name: str
    asked: Asked
    target: str | None = None
    served: Served = Served()  # noqa: RUF009 - frozen
    fresh: bool = False
    reset: tuple[str, ...] = ()
    tags: Mapping[str, str] | None = None
    description: str | None = None
    secrets: Mapping[str, str] | None = None

    @property
    def changes_nothing_else(self) -> bool:
        """Whether spec and bundle are all that it is about."""
        texts = (self.tags, self.description)
        return not (self.asked.access.keys or self.secrets) and all(t is None for t in texts)


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
        row = parts.store.services.find(name)
        target = _target(parts, asked, row)
        if row is not None:
            reconcile(parts, name)
        newest = None if row is None else parts.store.services.revisions(name)[-1]
        secrets = secrets_of(parts, name, asked.secrets, is_new=row is None)
        spec = replace(_spec(asked, newest), secrets=tuple(sorted(secrets)))
        parts.require_capable(target, spec)
        target.validate(spec)
        # The same content may be here and unused: it must not go before the revision names it.
        with parts.blobs.keeping():
            present = None if newest is None else newest.bundle
            bundle = asked.served.bundle(parts, spec, target, present, progress)
            if (
                newest is not None
                and asked.changes_nothing_else
                and _is_served(target, newest, spec, bundle)
            ):
                progress.remark("Nothing has changed: the service runs this already.")
                # Unless a change of keys was cut short.
                target.set_keys(name, key_hashes(parts, spec))
                return newest.number
            if newest is not None:
                tell_changes(newest, spec, bundle, progress)
            new = _new_revision(target, spec, bundle)
            new = replace(new, tags=asked.tags, description=asked.description)
            revision = parts.store.services.add_revision(new)
        # Not before there is a revision: a service that was never made leaves no secrets, and one
        # whose update is cut short here keeps those it serves with.
        with _undone_on_failure(parts, revision, target, is_new=row is None):
            keep_credentials(
                parts,
                spec,
                secrets=asked.secrets,
                keys=asked.asked.access.keys,
                tls_key=_tls_key(asked.asked.access),
                is_new=row is None,
            )
            _apply(parts, revision, target, progress)
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


def _spec(asked: Deployment, newest: RevisionRow | None) -> ServiceSpec:
    """What the service has, with what is asked for."""
    name, access = asked.name, asked.asked.access
    before = ServiceSpec(name)
    if newest is not None and not asked.fresh:
        before = ServiceSpec.from_dict(newest.spec)
    changes = {option: _default(option) for option in asked.reset} | asked.asked.changes()
    spec = replace(before, **changes)  # type: ignore[arg-type]
    check_variables("an environment variable", spec.environment_variables)
    if access.tls is False:
        return replace(spec, tls_certificate="")
    if isinstance(access.tls, tuple):
        return replace(spec, tls_certificate=read_certificate(access.tls))
    return spec


def _default(option: str) -> object:
    if option not in SPEC_OPTIONS:
        raise NotFoundError("option", option, [*SPEC_OPTIONS])
    return SPEC_OPTIONS[option].default


def _tls_key(access: Access) -> str | None:
    return read_key(access.tls) if isinstance(access.tls, tuple) else None


def tell_changes(
    newest: RevisionRow, spec: ServiceSpec, bundle: Bundle, progress: Progress
) -> None:
    """Says what a revision changes of the newest one."""
    before, after = model_ids(newest.bundle), model_ids(bundle.to_dict())
    if before != after:
        progress.remark(f"models: {', '.join(before) or 'none'} -> {', '.join(after) or 'none'}")
    for change in changes_between(ServiceSpec.from_dict(newest.spec), spec):
        progress.remark(str(change))


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


def _target(parts: ServiceDependencies, asked: Deployment, row: ServiceRow | None) -> Target:
    if row is None:
        return parts.target(asked.target or DEFAULT_TARGET)
    target = parts.target_of(row)
    if asked.target not in (None, row.target):
        raise InvalidInputError(
            f"The service {row.name!r} runs on the target {row.target!r}, not on {asked.target!r}.",
            code=ErrorCode.SERVICE_OTHER_TARGET,
            hint=Hint.of(
                "Delete it first ({}), or deploy under another name.",
                Action(Verb.DELETE_SERVICE, {"name": row.name}),
            ),
        )
    return target


def _is_served(target: Target, newest: RevisionRow, spec: ServiceSpec, bundle: Bundle) -> bool:
    """Whether the newest revision is the same, and serves."""
    status = target.status(spec.name)
    return (
        newest.bundle_digest == bundle.digest
        and ServiceSpec.from_dict(newest.spec) == spec
        and status.state is WorkloadState.READY
        and status.revision == newest.number
        and status.pending_state is not WorkloadState.STARTING
    )
