"""A revision with the keys and secrets it is to have now."""

from __future__ import annotations

from collections.abc import Mapping

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.images.bundle import Bundle
from brygga.names import check_variables
from brygga.services.dependencies import ServiceDependencies
from brygga.services.keys import hashes, make_keys
from brygga.spec import ServiceSpec, Workload
from brygga.store.rows import RevisionRow


def make_workload(parts: ServiceDependencies, revision: RevisionRow) -> Workload:
    """What a target is handed.

    Raises:
        InvalidInputError: the value of a secret is not kept any more.
    """
    spec = ServiceSpec.from_dict(revision.spec)
    values = parts.secrets.secrets(spec.name)
    missing = [name for name in spec.secrets if name not in values]
    if missing:
        raise InvalidInputError(
            f"The secret {missing[0]!r} of the service {spec.name!r} is not kept any more.",
            code=ErrorCode.SECRET_MISSING,
            hint="Deploy it again with its value.",
        )
    row = parts.store.services.find(spec.name)
    return Workload(
        spec=spec,
        revision=revision.number,
        bundle=Bundle.from_dict(revision.bundle),
        key_hashes=key_hashes(parts, spec),
        secret_values={name: values[name] for name in spec.secrets},
        tls_key=parts.secrets.tls_key(spec.name, spec.tls_certificate),
        tags=row.tags if row else {},
        description=row.description if row else "",
        data_folder=parts.data_folder(spec.name) if spec.collect_data else None,
    )


def key_hashes(parts: ServiceDependencies, spec: ServiceSpec) -> dict[str, str]:
    """What the service is to accept; nothing where it asks for no key."""
    return hashes(parts.secrets.keys(spec.name)) if spec.auth else {}


def secrets_of(
    parts: ServiceDependencies, name: str, given: Mapping[str, str] | None, *, is_new: bool
) -> Mapping[str, str]:
    """Those given, else those the service has; what another of that name has left is not its."""
    if given is not None:
        return check_variables("a secret", given)
    return {} if is_new else parts.secrets.secrets(name)


def keep_credentials(
    parts: ServiceDependencies,
    spec: ServiceSpec,
    *,
    secrets: Mapping[str, str] | None,
    keys: Mapping[str, str] | None,
    tls_key: str | None,
    is_new: bool,
) -> None:
    """Keeps what was given of a service's secrets, keys and certificate; None is as it was.

    Of a new service nothing is kept that another of its name has left.
    """
    name = spec.name
    if is_new:
        parts.secrets.delete(name)
    if secrets is not None:
        parts.secrets.set_secrets(name, secrets)
    if tls_key is not None:
        parts.secrets.set_tls_key(name, spec.tls_certificate, tls_key)
    kept = parts.secrets.keys(name)
    if keys or kept is None:
        given = {"primary": kept.primary, "secondary": kept.secondary} if kept else {}
        parts.secrets.set_keys(name, make_keys({**given, **(keys or {})}))
