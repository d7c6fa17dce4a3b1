"""Keys and secrets of services, in a file that only its owner reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.store.filelock import FileLock
from brygga.store.files import write_json

_LOCK_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class KeyPair:
    """The two keys of a service; either one may be replaced while the other goes on working."""

    primary: str = field(repr=False)
    secondary: str = field(repr=False)


class _Entry(TypedDict, total=False):
    keys: dict[str, str]
    secrets: dict[str, str]
    tls_keys: dict[str, str]


class SecretStore:
    """What a service must have and nobody else may see.

    Every change is written to a temporary file that takes the old one's place, under a lock: two
    processes lose nothing of each other's, and a reader sees one state or the other.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock_file = file.with_name(file.name + ".lock")

    def keys(self, service: str) -> KeyPair | None:
        """The keys of a service; None where it has none."""
        keys = self._read().get(service, {}).get("keys")
        return None if keys is None else KeyPair(keys["primary"], keys["secondary"])

    def set_keys(self, service: str, keys: KeyPair | None) -> None:
        """Keeps the keys of a service; None removes them."""
        with self._changing(service) as entry:
            if keys is None:
                entry.pop("keys", None)
            else:
                entry["keys"] = {"primary": keys.primary, "secondary": keys.secondary}

    def names(self) -> set[str]:
        """The services it has keys or secrets of."""
        return set(self._read())

    def secrets(self, service: str) -> dict[str, str]:
        """The secrets of a service by name."""
        return dict(self._read().get(service, {}).get("secrets", {}))

    def set_secrets(self, service: str, secrets: Mapping[str, str]) -> None:
        """Keeps these secrets of a service in place of all it has."""
        with self._changing(service) as entry:
            entry["secrets"] = dict(secrets)

    def tls_key(self, service: str, certificate: str) -> str:
        """The key of a certificate of a service; empty where there is none."""
        keys = self._read().get(service, {}).get("tls_keys", {})
        return keys.get(_digest(certificate), "")

    def set_tls_key(self, service: str, certificate: str, key: str) -> None:
        """Keeps the key of a certificate, beside those of earlier ones: a rollback needs them."""
        with self._changing(service) as entry:
            entry["tls_keys"] = {**entry.get("tls_keys", {}), _digest(certificate): key}

    def take_over(self, services: Mapping[str, _Entry], *, replace: bool) -> None:
        """Keeps what another such file has; what there is here stays, unless it may be replaced."""
        with FileLock(self._lock_file, purpose="restoring").acquired(_LOCK_TIMEOUT_S):
            there = self._read()
            self._write({**there, **services} if replace else {**services, **there})

    def delete(self, service: str) -> None:
        """Forgets all of a service; idempotent."""
        with self._changing(service) as entry:
            entry.pop("keys", None)
            entry.pop("secrets", None)
            entry.pop("tls_keys", None)

    @contextmanager
    def _changing(self, service: str) -> Iterator[_Entry]:
        lock = FileLock(self._lock_file, purpose=f"writing secrets of {service}")
        with lock.acquired(_LOCK_TIMEOUT_S):
            everything = self._read()
            before = json.dumps(everything)
            entry = everything.setdefault(service, {})
            yield entry
            if not entry:
                del everything[service]
            if json.dumps(everything) != before:
                self._write(everything)

    def _read(self) -> dict[str, _Entry]:
        try:
            text = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unusable(f"cannot be read: {error.strerror}") from error
        try:
            data = json.loads(text)
            services: dict[str, _Entry] = data["services"]
            version = data["version"]
        except (ValueError, KeyError, TypeError):
            # Without the error itself: its text would show the secrets around the place.
            raise self._unusable("is not valid JSON") from None
        if version != 1:
            raise self._unusable(f"is of version {version!r}, which a newer Brygga wrote")
        return services

    def _write(self, services: Mapping[str, _Entry]) -> None:
        try:
            write_json(self._file, {"version": 1, "services": services})
        except OSError as error:
            raise self._unusable(f"cannot be written: {error.strerror}") from error

    def _unusable(self, what: str) -> StoreError:
        return StoreError(
            f"The file of keys and secrets {self._file} {what}.",
            code=ErrorCode.SECRETS_UNUSABLE,
            hint="Make it readable and writable for you, or restore it from a backup.",
        )


def _digest(certificate: str) -> str:
    return hashlib.sha256(certificate.encode()).hexdigest()
