"""What a deployment comes to, before anything of it is done; doing and planning share it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, NotFoundError
from brygga.hints import Action, Hint, Verb
from brygga.images.bundle import Bundle
from brygga.names import check_service_name, check_variables
from brygga.operations import Progress
from brygga.services.bundling import Served
from brygga.services.certificate import read_certificate
from brygga.services.credentials import secrets_of
from brygga.services.dependencies import ServiceDependencies
from brygga.services.differences import bundle_changes
from brygga.spec import SPEC_OPTIONS, Asked, ServiceSpec
from brygga.spec.change import Change, change, changes_between
from brygga.store.rows import RevisionRow, ServiceRow
from brygga.targets.base import Target, WorkloadState

DEFAULT_TARGET = "process"
_VARIABLES = "environment_variables"


@dataclass(frozen=True)
class Deployment:
    """What a user asks for; what is not said stays as the service has it.

    Attributes:
        target: None is that of the service, or the default one.
        fresh: What is not said of the spec takes its default instead.
        reset: Names of options that take their defaults again.
        tags: None keeps those of a service that is there; so do description and secrets.
        secrets: One that is None keeps the value it has.
    """

    name: str
    asked: Asked
    target: str | None = None
    served: Served = Served()  # noqa: RUF009 - frozen
    fresh: bool = False
    reset: tuple[str, ...] = ()
    tags: Mapping[str, str] | None = None
    description: str | None = None
    secrets: Mapping[str, str | None] | None = None

    @classmethod
    def read(cls, call: str, name: str, keywords: Mapping[str, Any]) -> Self:
        """Takes the keywords of `ServiceCollection.deploy`; None is as if it were not given.

        Args:
            call: The name of the call, for messages.

        Raises:
            TypeError: a keyword that is not known.
            InvalidInputError: a value that cannot be used.
        """
        check_service_name(name)
        given = {key: value for key, value in keywords.items() if value is not None}
        groups = {key: given.pop(key) for key in _GROUPS & set(given)}
        served = {key: given.pop(key) for key in _SERVED & set(given)}
        own = {key: given.pop(key) for key in _OWN & set(given)}
        asked = Asked.read(call, given, **groups)
        served["folder"] = Path(served.get("folder", ""))
        return cls(name, asked, served=Served(**served, build=asked.build), **own)


_GROUPS = {"resources", "access", "serving", "build"}
_SERVED = {each.name for each in fields(Served)} - {"build"}
_OWN = {each.name for each in fields(Deployment)} - {"name", "asked", "served"}


@dataclass(frozen=True)
class Prepared:
    """A deployment that can be done.

    Attributes:
        row: None where there is no such service yet; so is `newest`, its newest revision.
        keys: Those that are others than the service has; None where none is.
        secrets: All of them, where they are others than the service has; so are the rest.
        secrets_before: Those it has.
    """

    row: ServiceRow | None
    newest: RevisionRow | None
    target: Target
    spec: ServiceSpec
    bundle: Bundle
    keys: Mapping[str, str] | None
    secrets: Mapping[str, str] | None
    secrets_before: Mapping[str, str]
    tags: Mapping[str, str] | None
    description: str | None

    @property
    def is_served(self) -> bool:
        """Whether all of it is so, and serves."""
        others = (self.keys, self.secrets, self.tags, self.description)
        if self.newest is None or any(each is not None for each in others):
            return False
        status = self.target.status(self.spec.name)
        return (
            self.newest.bundle_digest == self.bundle.digest
            and ServiceSpec.from_dict(self.newest.spec) == self.spec
            and status.state is WorkloadState.READY
            and status.revision == self.newest.number
            and status.pending_state is not WorkloadState.STARTING
        )

    def changes(self, parts: ServiceDependencies) -> Iterator[Change]:
        """What it changes of the newest revision; nothing where there is none."""
        if self.row is None or self.newest is None:
            return
        yield from revision_changes(parts, self.newest, self.spec, self.bundle)
        for name in self._other_secrets:
            yield Change("secrets", "", f"{name} has another value")
        if self.keys is not None:
            yield Change("keys", "", f"another value for {', '.join(self.keys)}")
        if self.tags is not None:
            yield change("tags", self.row.tags, self.tags)
        if self.description is not None:
            yield change("description", self.row.description or "none", self.description or "none")

    @property
    def _other_secrets(self) -> list[str]:
        before = self.secrets_before
        return [n for n, value in (self.secrets or {}).items() if before.get(n, value) != value]


def prepare(parts: ServiceDependencies, asked: Deployment, progress: Progress) -> Prepared:
    """Finds out what a deployment comes to; nothing of the service is changed.

    What goes into the bundle is put among the blobs: who goes on holds `blobs.keeping()`.
    """
    name, access = asked.name, asked.asked.access
    row = parts.store.services.find(name)
    target = _target(parts, asked, row)
    newest = None if row is None else parts.store.services.revisions(name)[-1]
    kept = {} if row is None else parts.secrets.secrets(name)
    secrets = secrets_of(parts, name, asked.secrets, is_new=row is None)
    spec = replace(_spec(parts, asked, newest), secrets=tuple(sorted(secrets)))
    parts.require_capable(target, spec)
    target.validate(spec)
    present = None if newest is None else newest.bundle
    return Prepared(
        row=row,
        newest=newest,
        target=target,
        spec=spec,
        bundle=asked.served.bundle(parts, spec, target, present, progress),
        keys=_other_keys(parts, name, access.keys, is_new=row is None),
        secrets=None if asked.secrets is None or secrets == kept else secrets,
        secrets_before=kept,
        tags=None if row is not None and asked.tags == row.tags else asked.tags,
        description=None if row and asked.description == row.description else asked.description,
    )


def revision_changes(
    parts: ServiceDependencies, newest: RevisionRow, spec: ServiceSpec, bundle: Bundle
) -> Iterator[Change]:
    """What a bundle and a spec change of a revision."""
    yield from bundle_changes(Bundle.from_dict(newest.bundle), bundle, parts.store.locks)
    yield from changes_between(ServiceSpec.from_dict(newest.spec), spec)


def _other_keys(
    parts: ServiceDependencies, name: str, given: Mapping[str, str] | None, *, is_new: bool
) -> Mapping[str, str] | None:
    kept = None if is_new else parts.secrets.keys(name)
    if not given or kept is None:
        return given or None
    return {n: value for n, value in given.items() if getattr(kept, n, "") != value} or None


def _spec(parts: ServiceDependencies, asked: Deployment, newest: RevisionRow | None) -> ServiceSpec:
    """What the service has, with what is asked for."""
    name, access = asked.name, asked.asked.access
    before = ServiceSpec(name)
    if newest is not None and not asked.fresh:
        before = ServiceSpec.from_dict(newest.spec)
    changes = {option: _default(option) for option in asked.reset} | asked.asked.changes()
    variables = asked.served.variables(parts)
    changes |= _variables_of_environment(variables, asked, before, changes)
    spec = replace(before, **changes)  # type: ignore[arg-type]
    check_variables("an environment variable", spec.environment_variables)
    if access.tls is False:
        return replace(spec, tls_certificate="")
    if isinstance(access.tls, tuple):
        return replace(spec, tls_certificate=read_certificate(access.tls))
    return spec


def _variables_of_environment(
    variables: Mapping[str, str],
    asked: Deployment,
    before: ServiceSpec,
    changes: Mapping[str, object],
) -> dict[str, object]:
    """The script's variables with those of a new environment; what is said for itself wins."""
    if not variables:
        return {}
    named = asked.asked.serving.environment_variables if _VARIABLES in changes else {}
    old = {} if _VARIABLES in changes else before.environment_variables
    return {_VARIABLES: {**old, **variables, **named}}


def _default(option: str) -> object:
    if option not in SPEC_OPTIONS:
        raise NotFoundError("option", option, [*SPEC_OPTIONS])
    return SPEC_OPTIONS[option].default


def _target(parts: ServiceDependencies, asked: Deployment, row: ServiceRow | None) -> Target:
    if row is None:
        return parts.target(asked.target or DEFAULT_TARGET)
    if asked.target is not None:
        parts.target(asked.target)  # one that there is not must not cost the service
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
