"""One revision's way from what a user asks for to what a target runs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from brygga.diagnosis import Cause, Diagnosis
from brygga.errors import (
    BryggaError,
    InvalidInputError,
    NotFoundError,
    OperationInProgressError,
)
from brygga.images.assemble import Ingredients
from brygga.images.bundle import Bundle
from brygga.names import check_variables
from brygga.services.dependencies import ServiceDependencies, this_host
from brygga.services.keys import hashes, make_keys
from brygga.spec import ServiceSpec, Workload
from brygga.store.rows import NewRevision, RevisionRow, ServiceRow
from brygga.targets.base import Progress, Target, WorkloadState

KEPT_REVISIONS = 10
_PATIENCE_S = 0.5


@dataclass(frozen=True)
class Deployment:
    """What a user asks for.

    Attributes:
        ingredients: What is served; None where `image` says it.
        image: The bundle of a registered image.
        tags: None keeps those of a service that is there; so do description, keys and secrets.
    """

    spec: ServiceSpec
    target: str
    ingredients: Ingredients | None = None
    image: Bundle | None = None
    tags: Mapping[str, str] | None = None
    description: str | None = None
    keys: Mapping[str, str] | None = None
    secrets: Mapping[str, str] | None = None
    tls_key: str | None = None


def deploy(parts: ServiceDependencies, asked: Deployment, progress: Progress) -> None:
    """Creates or updates a service; returns when the new revision is starting.

    The same bundle and spec as those that serve already change nothing.
    """
    name = asked.spec.name
    with operation(parts, name, "deploy"):
        row = parts.store.services.find(name)
        if row is not None:
            require_here(row)
            _require_same_target(row, asked.target)
        target = parts.target(asked.target)
        secrets = _secrets(parts, asked, row)
        check_variables("an environment variable", asked.spec.environment_variables)
        spec = replace(asked.spec, secrets=tuple(sorted(secrets)))
        target.validate(spec)
        # The same content may be here and unused: it must not go before the revision names it.
        with parts.blobs.keeping():
            bundle = build_bundle(parts, asked, progress)
            if row is not None and _is_served(parts, row, spec, bundle, asked):
                progress("Nothing has changed: the service runs this already.")
                # Unless a change of keys was cut short.
                target.set_keys(name, _key_hashes(parts, spec))
                return
            new = NewRevision(
                service=name,
                target=asked.target,
                host_name=this_host(),
                spec=spec.to_dict(),
                bundle=bundle.to_dict(),
                bundle_digest=bundle.digest,
                models=bundle.registered,
                tags=asked.tags,
                description=asked.description,
            )
            revision = parts.store.services.add_revision(new)
        # Not before there is a revision: a service that was never made leaves no secrets, and one
        # whose update is cut short here keeps those it serves with.
        with _undone_on_failure(parts, revision, target, is_new=row is None):
            _keep_secrets(parts, asked, secrets, is_new=row is None)
            _apply(parts, revision, target, progress)


def apply_again(parts: ServiceDependencies, new: NewRevision, progress: Progress) -> RevisionRow:
    """Adds a revision that is like an earlier one, and hands it to its target."""
    target = parts.target(new.target)
    revision = parts.store.services.add_revision(new)
    with _undone_on_failure(parts, revision, target, is_new=False):
        _apply(parts, revision, target, progress)
    return revision


def _apply(
    parts: ServiceDependencies, revision: RevisionRow, target: Target, progress: Progress
) -> None:
    name = revision.service
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
    return Diagnosis(Cause.INTERRUPTED, "Its deployment was interrupted.")


def reconfigure(
    parts: ServiceDependencies,
    name: str,
    changes: Mapping[str, object],
    image: Bundle | None,
    progress: Progress,
    *,
    tls_key: str | None = None,
) -> int:
    """Applies the newest revision's spec with changes, and its bundle or another one.

    Returns:
        The number of the new revision.
    """
    with operation(parts, name, "reconfigure"):
        row = parts.store.services.find(name)
        if row is None:
            raise NotFoundError("service", name)
        require_here(row)
        newest = parts.store.services.revisions(name)[-1]
        spec = ServiceSpec.from_dict({**newest.spec, **changes})
        parts.target(row.target).validate(spec)
        asked = Deployment(spec, row.target, image=image or Bundle.from_dict(newest.bundle))
        bundle = build_bundle(parts, asked, progress)
        new = NewRevision(
            service=name,
            target=row.target,
            host_name=row.host_name,
            spec=spec.to_dict(),
            bundle=bundle.to_dict(),
            bundle_digest=bundle.digest,
            models=bundle.registered,
        )
        if tls_key is not None:
            parts.secrets.set_tls_key(name, spec.tls_certificate, tls_key)
        return apply_again(parts, new, progress).number


def make_workload(parts: ServiceDependencies, revision: RevisionRow) -> Workload:
    """A revision with the keys and secrets it is to have now."""
    spec = ServiceSpec.from_dict(revision.spec)
    values = parts.secrets.secrets(spec.name)
    missing = [name for name in spec.secrets if name not in values]
    if missing:
        raise InvalidInputError(
            f"The secret {missing[0]!r} of the service {spec.name!r} is not kept any more.",
            hint="Deploy it again with its value.",
        )
    row = parts.store.services.find(spec.name)
    return Workload(
        spec=spec,
        revision=revision.number,
        bundle=Bundle.from_dict(revision.bundle),
        key_hashes=_key_hashes(parts, spec),
        secret_values={name: values[name] for name in spec.secrets},
        tls_key=parts.secrets.tls_key(spec.name, spec.tls_certificate),
        tags=row.tags if row else {},
        description=row.description if row else "",
        data_folder=parts.data_folder(spec.name) if spec.collect_data else None,
    )


def build_bundle(parts: ServiceDependencies, asked: Deployment, progress: Progress) -> Bundle:
    """Assembles what was asked for, or takes the bundle of an image, for the target.

    Raises:
        InvalidInputError: the target cannot honour what an image asks for.
    """
    bundle = asked.image
    if bundle is None:
        assert asked.ingredients is not None
        bundle = parts.images.assembler.assemble(asked.ingredients, progress)
    target, base = parts.target(asked.target), bundle.base
    if target.runs_images:
        return bundle
    if base is not None and (base.dockerfile or base.steps):
        raise InvalidInputError(
            f"The target {target.kind!r} runs no images: it cannot do the steps of a Dockerfile.",
            hint='Deploy to target="container", or leave dockerfile and extra_steps out (of the '
            "environment, too).",
        )
    # What a service does not run on is no part of it; an image stays the one that was named.
    return replace(bundle, base=None) if asked.image is None else bundle


@contextmanager
def operation(parts: ServiceDependencies, service: str, what: str) -> Iterator[None]:
    """Holds the service's lock.

    Raises:
        OperationInProgressError: another operation holds it.
    """
    lock = parts.operation(service, what)
    # Whoever only looks whether it is held holds it for that moment: that is no operation.
    deadline = time.monotonic() + _PATIENCE_S
    while not lock.try_acquire():
        if time.monotonic() > deadline:
            raise OperationInProgressError(service, lock.holder())
        time.sleep(_PATIENCE_S / 20)
    try:
        yield
    finally:
        lock.release()


def mark_interrupted(parts: ServiceDependencies, row: ServiceRow) -> None:
    """Marks revisions whose deployment was killed before their target had heard of them.

    Does nothing while an operation on the service runs.
    """
    with parts.operation(row.name, "look for interrupted deployments").tried() as alone:
        if not alone:
            return
        status = parts.target(row.target).status(row.name)
        known = {status.revision, status.pending}
        for revision in parts.store.services.revisions(row.name):
            if revision.status == "pending" and revision.number not in known:
                diagnosis = Diagnosis(Cause.INTERRUPTED, "Its deployment was interrupted.")
                parts.store.services.mark(row.name, revision.number, "failed", diagnosis.to_dict())


def require_here(row: ServiceRow) -> None:
    """Refuses to touch a service whose processes are on another machine."""
    if row.host_name != this_host():
        raise InvalidInputError(
            f"The service {row.name!r} runs on {row.host_name!r}, this is {this_host()!r}.",
            hint=f"Give the command on {row.host_name!r}.",
        )


def _require_same_target(row: ServiceRow, target: str) -> None:
    if row.target != target:
        raise InvalidInputError(
            f"The service {row.name!r} runs on the target {row.target!r}, not on {target!r}.",
            hint="Delete it first, or deploy under another name.",
        )


def _is_served(
    parts: ServiceDependencies,
    row: ServiceRow,
    spec: ServiceSpec,
    bundle: Bundle,
    asked: Deployment,
) -> bool:
    """Whether the newest revision is the same and serves, and nothing else is to change."""
    if asked.keys or asked.secrets or asked.tags is not None or asked.description is not None:
        return False
    newest = parts.store.services.revisions(row.name)[-1]
    status = parts.target(row.target).status(row.name)
    return (
        newest.bundle_digest == bundle.digest
        and ServiceSpec.from_dict(newest.spec) == spec
        and status.state is WorkloadState.READY
        and status.revision == newest.number
        and status.pending_state is not WorkloadState.STARTING
    )


def _secrets(
    parts: ServiceDependencies, asked: Deployment, row: ServiceRow | None
) -> dict[str, str]:
    """Those given, else those the service has; what another of that name has left is not its."""
    if asked.secrets is not None:
        return check_variables("a secret", asked.secrets)
    return {} if row is None else parts.secrets.secrets(row.name)


def _key_hashes(parts: ServiceDependencies, spec: ServiceSpec) -> dict[str, str]:
    return hashes(parts.secrets.keys(spec.name)) if spec.auth_enabled else {}


def _keep_secrets(
    parts: ServiceDependencies, asked: Deployment, secrets: Mapping[str, str], *, is_new: bool
) -> None:
    name = asked.spec.name
    if is_new:
        parts.secrets.delete(name)
    if asked.secrets is not None:
        parts.secrets.set_secrets(name, secrets)
    if asked.tls_key is not None:
        parts.secrets.set_tls_key(name, asked.spec.tls_certificate, asked.tls_key)
    kept = parts.secrets.keys(name)
    if asked.keys or kept is None:
        given = {"primary": kept.primary, "secondary": kept.secondary} if kept else {}
        parts.secrets.set_keys(name, make_keys({**given, **(asked.keys or {})}))
