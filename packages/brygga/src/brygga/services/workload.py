"""A revision with the keys and secrets it is to have now."""

from __future__ import annotations

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.images.bundle import Bundle
from brygga.services.credentials import key_hashes
from brygga.services.dependencies import ServiceDependencies
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
