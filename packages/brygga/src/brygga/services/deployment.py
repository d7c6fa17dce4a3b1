"""One revision's way from what a user asks for to what a target runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from brygga.environments import Environment
from brygga.errors import InvalidInputError, OperationInProgressError
from brygga.images.assemble import assemble
from brygga.images.bundle import Bundle
from brygga.images.code import collect_code
from brygga.models import Model
from brygga.services.keys import hashes, make_keys
from brygga.services.parts import ServiceParts, this_host
from brygga.store.rows import NewRevision, RevisionRow, ServiceRow
from brygga.targets.base import Progress, ServiceSpec, Workload, WorkloadState

KEPT_REVISIONS = 10


@dataclass(frozen=True)
class Deployment:
    """What a user asks for.

    Attributes:
        models: Registered models, or references as `name` (the latest) or `name:version`.
        environment: None: what the script imports, at the versions installed here.
        tags: None keeps those of a service that is there; so do description, keys and secrets.
    """

    spec: ServiceSpec
    target: str
    entry_script: str | Path
    source_directory: str | Path | None = None
    models: Sequence[Model | str] = ()
    environment: Environment | None = None
    tags: Mapping[str, str] | None = None
    description: str | None = None
    keys: Mapping[str, str] | None = None
    secrets: Mapping[str, str] | None = None


def deploy(parts: ServiceParts, asked: Deployment, progress: Progress) -> None:
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
        secrets = parts.secrets.secrets(name) if asked.secrets is None else dict(asked.secrets)
        spec = replace(asked.spec, secrets=tuple(sorted(secrets)))
        target.validate(spec)
        bundle = build_bundle(parts, asked, progress)
        if row is not None and _is_served(parts, row, spec, bundle, asked):
            progress("Nothing has changed: the service runs this already.")
            return
        _keep_secrets(parts, asked, secrets)
        new = NewRevision(
            service=name,
            target=asked.target,
            host_name=this_host(),
            spec=spec.to_dict(),
            bundle=bundle.to_dict(),
            bundle_digest=bundle.digest,
            models=tuple((m.name, m.version) for m in bundle.models),
            tags=asked.tags,
            description=asked.description,
        )
        apply_revision(parts, new, progress, is_new=row is None)


def apply_revision(
    parts: ServiceParts, new: NewRevision, progress: Progress, *, is_new: bool
) -> RevisionRow:
    """Adds a revision and hands it to its target; undone as far as possible if that fails."""
    revision = parts.store.services.add_revision(new)
    try:
        workload = make_workload(parts, revision)
        parts.target(new.target).apply(workload, progress)
    except BaseException:
        if is_new:
            parts.target(new.target).delete(new.service)
            parts.secrets.delete(new.service)
            parts.store.services.delete(new.service)
        else:
            parts.store.services.mark(new.service, revision.number, "failed")
        raise
    parts.store.services.prune(new.service, KEPT_REVISIONS)
    return revision


def make_workload(parts: ServiceParts, revision: RevisionRow) -> Workload:
    """A revision with the keys and secrets it is to have now."""
    spec = ServiceSpec.from_dict(revision.spec)
    values = parts.secrets.secrets(spec.name)
    missing = [name for name in spec.secrets if name not in values]
    if missing:
        raise InvalidInputError(
            f"The secret {missing[0]!r} of the service {spec.name!r} is not kept any more.",
            hint="Deploy it again with its value.",
        )
    return Workload(
        spec=spec,
        revision=revision.number,
        bundle=Bundle.from_dict(revision.bundle),
        key_hashes=hashes(parts.secrets.keys(spec.name)) if spec.auth_enabled else {},
        secret_values={name: values[name] for name in spec.secrets},
    )


def build_bundle(parts: ServiceParts, asked: Deployment, progress: Progress) -> Bundle:
    """Collects the code, locks the environment and names the whole."""
    models = [m if isinstance(m, Model) else parts.models.get(m) for m in asked.models]
    _require_distinct(models)
    code = collect_code(asked.entry_script, asked.source_directory)
    environment = asked.environment or Environment.from_script(
        asked.entry_script, source_directory=asked.source_directory
    )
    lock = parts.resolve(environment, progress)
    return assemble(models, code, lock, parts.server(), parts.blobs)


@contextmanager
def operation(parts: ServiceParts, service: str, what: str) -> Iterator[None]:
    """Holds the service's lock.

    Raises:
        OperationInProgressError: another operation holds it.
    """
    lock = parts.operation(service, what)
    if not lock.try_acquire():
        raise OperationInProgressError(service, lock.holder())
    try:
        yield
    finally:
        lock.release()


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


def _require_distinct(models: Sequence[Model]) -> None:
    seen: set[str] = set()
    for model in models:
        if model.id in seen:
            raise InvalidInputError(f"The model {model.id} is given twice.", hint="Give it once.")
        seen.add(model.id)


def _is_served(
    parts: ServiceParts, row: ServiceRow, spec: ServiceSpec, bundle: Bundle, asked: Deployment
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


def _keep_secrets(parts: ServiceParts, asked: Deployment, secrets: Mapping[str, str]) -> None:
    name = asked.spec.name
    if asked.secrets is not None:
        parts.secrets.set_secrets(name, secrets)
    kept = parts.secrets.keys(name)
    if asked.keys or kept is None:
        given = {"primary": kept.primary, "secondary": kept.secondary} if kept else {}
        parts.secrets.set_keys(name, make_keys({**given, **(asked.keys or {})}))
