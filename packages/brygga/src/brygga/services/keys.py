"""The two keys of a service."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Literal

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Action, Hint, Verb
from brygga.store.secrets import KeyPair

KeyName = Literal["primary", "secondary"]

_KEY = re.compile(r"[\x21-\x7e]{16,256}")


def new_key() -> str:
    """A key nobody can guess: 256 bits, safe in a header, a URL and a shell."""
    return secrets.token_urlsafe(32)


def make_keys(given: Mapping[str, str] | None) -> KeyPair:
    """The keys given by the user; those left out are made.

    Raises:
        InvalidInputError: a key nobody could send, or a name that is not a key's.
    """
    given = given or {}
    unknown = sorted(set(given) - {"primary", "secondary"})
    if unknown:
        raise InvalidInputError(
            f"There is no key {unknown[0]!r}.",
            code=ErrorCode.KEY_INVALID,
            hint="The keys are primary and secondary.",
        )
    for name, value in given.items():
        check_key(name, value)
    return KeyPair(given.get("primary") or new_key(), given.get("secondary") or new_key())


def check_key(name: str, value: str) -> None:
    """Refuses a key that is too short to be safe or cannot stand in a header."""
    if not _KEY.fullmatch(value):
        raise InvalidInputError(
            f"The {name} key cannot be used: it has to have 16 to 256 visible ASCII characters.",
            code=ErrorCode.KEY_INVALID,
            hint="Leave it out to have one made.",
        )


def hashes(keys: KeyPair | None) -> dict[str, str]:
    """What a service is handed of its keys."""
    if keys is None:
        return {}
    pairs = {"primary": keys.primary, "secondary": keys.secondary}
    return {name: hashlib.sha256(value.encode()).hexdigest() for name, value in pairs.items()}


def without_keys(service: str) -> InvalidInputError:
    """What is said of a service that asks its callers for none."""
    return InvalidInputError(
        f"The service {service!r} has no keys: it was deployed without.",
        code=ErrorCode.SERVICE_WITHOUT_KEYS,
        hint=Hint.of(
            "Have it ask for one: {}", Action(Verb.RECONFIGURE, {"name": service, "auth": True})
        ),
    )
