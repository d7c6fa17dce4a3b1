"""The keys, secrets and certificate of a service: kept, handed on as hashes, replaced."""

from __future__ import annotations

from collections.abc import Mapping

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.names import check_variables
from brygga.services.dependencies import ServiceDependencies
from brygga.services.keys import KeyName, check_key, hashes, make_keys, new_key, without_keys
from brygga.services.operation import changing
from brygga.spec import ServiceSpec
from brygga.store.secrets import KeyPair


def keys_of(parts: ServiceDependencies, spec: ServiceSpec) -> KeyPair:
    """The keys of a service that asks for one.

    Raises:
        InvalidInputError: it was deployed without.
    """
    keys = parts.secrets.keys(spec.name)
    if keys is None or not spec.auth:
        raise without_keys(spec.name)
    return keys


def replace_key(parts: ServiceDependencies, service: str, name: KeyName, value: str | None) -> str:
    """Replaces one of the two keys at once; the other goes on working.

    Args:
        value: The new key; None makes one.
    """
    if name not in ("primary", "secondary"):
        raise InvalidInputError(
            f"There is no key {name!r}.",
            code=ErrorCode.KEY_INVALID,
            hint="The keys are primary and secondary.",
        )
    key = new_key() if value is None else value
    check_key(name, key)
    with changing(parts, service, f"regenerate the {name} key") as row:
        newest = parts.store.services.revisions(service)[-1]
        old = keys_of(parts, ServiceSpec.from_dict(newest.spec))
        keys = KeyPair(key, old.secondary) if name == "primary" else KeyPair(old.primary, key)
        parts.secrets.set_keys(service, keys)
        parts.target(row.target).set_keys(service, hashes(keys))
    return key


def key_hashes(parts: ServiceDependencies, spec: ServiceSpec) -> dict[str, str]:
    """What the service is to accept; nothing where it asks for no key."""
    return hashes(parts.secrets.keys(spec.name)) if spec.auth else {}


def secrets_of(
    parts: ServiceDependencies, name: str, given: Mapping[str, str | None] | None, *, is_new: bool
) -> Mapping[str, str]:
    """Those given, else those the service has; what another of that name has left is not its.

    Raises:
        InvalidInputError: one without a value, that the service does not have either.
    """
    kept = {} if is_new else parts.secrets.secrets(name)
    if given is None:
        return kept
    known = {**kept, **{each: value for each, value in given.items() if value is not None}}
    missing = next((each for each in given if each not in known), None)
    if missing is not None:
        raise InvalidInputError(
            f"The secret {missing!r} has no value.",
            code=ErrorCode.VARIABLE_NOT_SET,
            hint=f"Set the variable {missing} where you deploy, or name a file: {missing}=@FILE.",
        )
    return check_variables("a secret", {each: known[each] for each in given})


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
